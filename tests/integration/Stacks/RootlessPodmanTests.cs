using Integration.Tests.Harness;

namespace Integration.Tests.Stacks;

/// <summary>cctl as the runtime of podman and conmon, as an ordinary user with a systemd of its own.</summary>
[VmOnly]
[Collection("podman")]
public sealed class RootlessPodmanTests(PodmanFixture stack)
{
    [Theory]
    [MemberData(nameof(Runtimes.Each), MemberType = typeof(Runtimes))]
    public void A_container_has_a_network_limits_and_accounts(string runtime)
    {
        string[] podman = ["--runtime", Runtimes.PathOf(runtime)];
        string id = stack.UserPodman([.. podman, "run", "--detach", "--network", "slirp4netns", "--memory", "64m", "--pids-limit", "30", PodmanFixture.Image, "sleep", "1000"]).MustSucceed().Text;
        const string Script = "cat /sys/fs/cgroup/memory.max; id -u; tr -s ' ' </proc/self/uid_map; ip -o addr show tap0 | grep -c 10.0.2.100; exit 5";
        Assert.Equal(["67108864", "0", " 0 1000 1", " 1 100000 65536", "1"], stack.UserPodman("exec", id, "sh", "-c", Script).MustExit(5).Lines);
        stack.UserPodman("pause", id).MustSucceed();
        stack.UserPodman("unpause", id).MustSucceed();
        stack.UserPodman("update", "--memory", "128m", id).MustSucceed();
        Assert.Equal("134217728", stack.UserPodman("exec", id, "cat", "/sys/fs/cgroup/memory.max").MustSucceed().Text);
        Assert.Contains(" 1\n", stack.UserPodman("stats", "--no-stream", "--format", "{{.Name}} {{.PIDs}}", id).MustSucceed().Stdout, StringComparison.Ordinal);
        stack.UserPodman("rm", "--force", "--time", "0", id).MustSucceed();
        // conmon and what it starts at the end still bear the id for a moment.
        Eventually.True(() => Leftovers.Processes(id).Count == 0, Place.Deadline(6), () => $"processes {string.Join(' ', Leftovers.Processes(id))} are left", 500);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Each), MemberType = typeof(Runtimes))]
    public void The_users_own_id_can_be_kept_and_cgroups_be_made_without_systemd(string runtime)
    {
        string[] run = ["--runtime", Runtimes.PathOf(runtime), "run", "--rm", "--network", "none"];
        Assert.Equal("1000", stack.UserPodman([.. run, "--userns", "keep-id", PodmanFixture.Image, "id", "-u"]).MustSucceed().Text);
        Assert.Equal("0", stack.UserPodman(["--cgroup-manager", "cgroupfs", .. run, PodmanFixture.Image, "id", "-u"]).MustSucceed().Text);
    }
}
