using System.Globalization;
using System.Text.Json.Nodes;
using Integration.Tests.Harness;
using Mono.Unix;

namespace Integration.Tests.Stacks;

/// <summary>
/// dockerd with what the page's configuration does not have: the root of every guest is a user of its own, and the cgroupfs
/// driver. Without a bridge it removes the one that the other dockerd's guests are on: it has a network namespace of its own.
/// </summary>
public sealed class RemappedDockerFixture() : DockerFixture("docker-remap", Change, "unshare", "--net")
{
    private static void Change(JsonObject config)
    {
        config["userns-remap"] = "default";
        config["exec-opts"] = new JsonArray("native.cgroupdriver=cgroupfs");
        config["live-restore"] = false;
        config["bridge"] = "none";
    }
}

/// <summary>cctl as the runtime of dockerd with userns-remap and the cgroupfs driver.</summary>
[VmOnly]
public sealed class RemappedDockerTests(RemappedDockerFixture stack) : IClassFixture<RemappedDockerFixture>
{
    [Theory]
    [MemberData(nameof(Runtimes.Each), MemberType = typeof(Runtimes))]
    public void A_guests_root_is_another_user_of_the_host_with_volumes_and_limits_of_its_own(string runtime)
    {
        Assert.Equal("cgroupfs", stack.Docker("info", "--format", "{{.CgroupDriver}}").MustSucceed().Text);
        long root = RemappedRoot();
        string volume = Cctl.NewId();
        string[] run = ["run", "--network", "none", "--runtime", runtime];
        string id = stack.Docker([.. run, "--detach", "--memory", "64m", "--cpus", ".5", "--pids-limit", "20", "--volume", volume + ":/data", DockerFixture.Image, "sleep", "1000"]).MustSucceed().Text;
        try
        {
            string pid = stack.Inspect(id, "{{.State.Pid}}");
            Assert.Equal((root, root), (Owner("/proc/" + pid).OwnerUserId, Owner("/proc/" + pid).OwnerGroupId));
            Assert.Equal("0::/docker/" + id, File.ReadAllText($"/proc/{pid}/cgroup").TrimEnd());
            Assert.Equal(["67108864", "50000 100000", "20"], new[] { "memory.max", "cpu.max", "pids.max" }.Select(f => File.ReadAllText($"/sys/fs/cgroup/docker/{id}/{f}").TrimEnd()));

            string map = string.Create(CultureInfo.InvariantCulture, $"0 {root} 65536");
            string[] inside = stack.Docker("exec", id, "sh", "-c", "id -u; echo $(cat /proc/self/uid_map); echo $(cat /proc/self/gid_map); touch /data/x && stat -c '%u:%g' /data /data/x").MustSucceed().Lines;
            Assert.Equal(["0", map, map, "0:0", "0:0"], inside);
            string data = stack.Docker("volume", "inspect", "--format", "{{.Mountpoint}}", volume).MustSucceed().Text;
            Assert.Equal((root, root), (Owner(data).OwnerUserId, Owner(data + "/x").OwnerUserId));
            Assert.Contains("/dev/pts/0", stack.DockerOnTerminal($"exec -it {id} tty").MustSucceed().Stdout, StringComparison.Ordinal);

            // One container alone can do without.
            CommandResult host = stack.Docker([.. run, "--rm", "--userns", "host", DockerFixture.Image, "sh", "-c", "echo $(cat /proc/self/uid_map)"]).MustSucceed();
            Assert.Equal("0 0 4294967295", host.Text);
        }
        finally
        {
            stack.Docker("rm", "--force", "--volumes", id);
            stack.Docker("volume", "rm", volume);
        }

        Assert.Empty(Leftovers.Cgroups(id));
    }

    // What dockerd has given its account in /etc/subuid.
    private static long RemappedRoot() =>
        long.Parse(File.ReadLines("/etc/subuid").Single(l => l.StartsWith("dockremap:", StringComparison.Ordinal)).Split(':')[1], CultureInfo.InvariantCulture);

    private static UnixFileSystemInfo Owner(string path) => UnixFileSystemInfo.GetFileSystemEntry(path);
}
