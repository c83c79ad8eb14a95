using Integration.Tests.Harness;

namespace Integration.Tests.Security.FromGuest;

/// <summary>
/// A guest's root changes owner, mode and times of all that may be an inode of the host's /dev: masks, the streams that the
/// caller took from there, and devices. The host is a private one, so that a success harms nothing.
/// </summary>
public sealed class HostDeviceTests : IDisposable
{
    private const string Harm = """
        for f in /masked /etc/masked /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty; do
            chmod 0600 $f; chown 1000:1000 $f; touch $f
        done
        grep -E ' (/etc)?/masked ' /proc/self/mountinfo >/tmp/masks; echo done >/tmp/done
        """;

    private readonly Attack _attack = new();
    private readonly PrivateHost _host = new();

    /// <summary>How the guest's code is started, and where its user namespace begins on the host: −1 is none, −2 no mount namespace either.</summary>
    public static MatrixTheoryData<string, int> Launches => new(["run", "create and start", "exec"], [-2, -1, 0, 100_000]);

    [Theory]
    [MemberData(nameof(Launches))]
    public void Masks_streams_and_devices_are_no_inodes_of_the_hosts(string launch, int first)
    {
        string before = _host.Devices();
        Bundle bundle = _attack.Guest(launch == "exec" ? "sleep 1000" : Harm, "CAP_CHOWN", "CAP_FOWNER", "CAP_DAC_OVERRIDE");
        foreach (string masked in (string[])["/masked", "/etc/masked"])
        {
            File.WriteAllText(bundle.Rootfs + masked, _attack.Secret);
            bundle.With(c => c.Linux!.MaskedPaths!.Add(masked));
        }

        if (first == -2)
        {
            bundle.With(c =>
            {
                c.Linux!.Namespaces!.RemoveAll(n => n.Type == "mount");
                c.Linux.MaskedPaths = c.Linux.ReadonlyPaths = null;
            });
        }

        if (first >= 0)
        {
            Command.Run("chown", "-R", $"{first}:{first}", bundle.Rootfs).MustSucceed();
            bundle.With(c =>
            {
                c.Linux!.Namespaces!.Add(new() { Type = "user" });
                c.Linux.UidMappings = [new() { ContainerID = 0, HostID = (uint)first, Size = 65_536 }];
                c.Linux.GidMappings = [new() { ContainerID = 0, HostID = (uint)first, Size = 65_536 }];
            });
        }

        Launch(launch, bundle);
        string tmp = Path.Combine(bundle.Rootfs, "tmp");
        Eventually.True(() => File.Exists(tmp + "/done") && File.ReadAllText(tmp + "/done") == "done\n", Place.Deadline(10), () => "the guest did not come to its end");
        Assert.Equal(before, _host.Devices());
        // proc_pid_mountinfo(5): the sixth field has the mount's own options.
        Assert.All(File.ReadLines(tmp + "/masks"), l => Assert.StartsWith("ro", l.Split(' ')[5], StringComparison.Ordinal));
        Assert.Equal(first == -2 ? 0 : 2, File.ReadLines(tmp + "/masks").Count());
    }

    public void Dispose()
    {
        _attack.Dispose();
        _host.Dispose();
    }

    private void Launch(string launch, Bundle bundle)
    {
        string id = Cctl.NewId();
        switch (launch)
        {
            case "run":
                Quiet("run", "--bundle", bundle.Path, id);
                break;
            case "exec":
                Quiet("run", "--detach", "--bundle", bundle.Path, id);
                Quiet("exec", id, "sh", "-c", Harm);
                break;
            default:
                Quiet("create", "--bundle", bundle.Path, id);
                Quiet("start", id);
                break;
        }
    }

    private void Quiet(params string[] arguments)
    {
        CommandResult result = _host.Shell($"exec \"$@\" </dev/null >/dev/null 2>/dev/null", ["sh", Cctl.Executable, "--root", _attack.Cctl.StateRoot, "--log", _attack.Host["log"], .. arguments]);
        Assert.True(result.ExitCode == 0 || (arguments[0] is "run" or "exec" && result.ExitCode == 1), $"{result.CommandLine}: exit status {result.ExitCode}\n{(File.Exists(_attack.Host["log"]) ? File.ReadAllText(_attack.Host["log"]) : "")}");
    }
}
