using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Cgroups;

/// <summary>Limits of an ordinary user's guests: through the user's own systemd, and in a scope that it delegated.</summary>
[VmOnly]
[Collection("podman")] // Rootless podman's tests stop the same user's systemd when they end.
public sealed class RootlessCgroupTests : IDisposable
{
    // The machine's account for this, with an instance of systemd that a login would start.
    private const string Name = "user";
    private const string Runtime = "/run/user/1000";
    private const string Units = "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service";

    private readonly string _id = Cctl.NewId();
    private readonly Bundle _bundle = Bundle.Script("cat /sys/fs/cgroup/pids.max; cat /proc/self/cgroup; test -e /stay && sleep 1000");
    private readonly TempDir _state = new();

    public RootlessCgroupTests()
    {
        Command.Run("systemctl", "start", "user@1000.service").MustSucceed();
        _bundle.With(c =>
        {
            c.Linux!.Namespaces!.Add(new() { Type = "user" });
            c.Linux.UidMappings = [new() { ContainerID = 0, HostID = 1000, Size = 1 }];
            c.Linux.GidMappings = [new() { ContainerID = 0, HostID = 1000, Size = 1 }];
            c.Mounts!.Find(m => m.Type == "devpts")!.Options!.Remove("gid=5");
            c.Linux.Resources = new LinuxResources { Pids = new() { Limit = 33 }, Memory = new() { Limit = 64 << 20 } };
        });
        Command.Run("chown", "-R", Name, _bundle.Path, _state.Path).MustSucceed();
    }

    public void Dispose()
    {
        Cctls("delete", "--force", _id).Run();
        _bundle.Dispose();
        _state.Dispose();
    }

    [Fact]
    public void The_users_systemd_makes_the_scope_and_keeps_its_limits()
    {
        File.WriteAllText(_bundle.Rootfs + "/stay", "");
        using RunningCommand running = Cctls("--systemd-cgroup", "run", "--bundle", _bundle.Path, _id).Start();
        running.WaitForOutput("33\n0::/\n", Place.Deadline(10));
        string cgroup = $"{Units}/user.slice/cctl-{_id}.scope";
        Assert.Equal("67108864", File.ReadAllText(cgroup + "/memory.max").TrimEnd());
        Cctls("update", "--pids-limit", "44", _id).Run().MustSucceed();
        AsUser("systemctl", "--user", "daemon-reload").Run().MustSucceed();
        Assert.Equal("44", File.ReadAllText(cgroup + "/pids.max").TrimEnd());
        Assert.Equal("44", AsUser("systemctl", "--user", "show", "--value", "--property", "TasksMax", $"cctl-{_id}.scope").Run().Text);
        Cctls("pause", _id).Run().MustSucceed();
        Cctls("delete", "--force", _id).Run().MustSucceed();
        Assert.False(Directory.Exists(cgroup));
    }

    [Fact]
    public void In_a_delegated_scope_limits_hold_where_nobody_else_is_in_it()
    {
        string[] scope = ["systemd-run", "--user", "--scope", "--quiet", "-p", "Delegate=yes"];
        string[] run = [Cctl.Executable, "--root", _state.Path, "run", "--bundle", _bundle.Path, _id];
        Assert.Equal(["33", "0::/"], AsUser([.. scope, .. run]).Run().Lines);

        CommandResult refused = AsUser([.. scope, "sh", "-c", string.Join(' ', run) + "; exit $?"]).Run().MustExit(1);
        Assert.Contains("/linux/resources/memory/limit: enable the memory controller in ", refused.Stderr, StringComparison.Ordinal);
        Assert.Contains("EBUSY: processes live in it", refused.Stderr, StringComparison.Ordinal);

        // Without limits it may share the cgroup with others.
        _bundle.With(c => c.Linux!.Resources = null);
        Assert.Contains("0::/", AsUser([.. scope, "sh", "-c", string.Join(' ', run) + "; exit 0"]).Run().MustSucceed().Stdout, StringComparison.Ordinal);
    }

    private Command Cctls(params string[] arguments) => AsUser([Cctl.Executable, "--root", _state.Path, .. arguments]);

    private static Command AsUser(params string[] arguments) =>
        new("setpriv", ["--reuid", Name, "--regid", Name, "--clear-groups", "--", .. arguments])
        {
            Directory = "/",
            Environment = { ["XDG_RUNTIME_DIR"] = Runtime, ["DBUS_SESSION_BUS_ADDRESS"] = $"unix:path={Runtime}/bus" },
        };
}
