using System.Text;
using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Rootless;

/// <summary>An ordinary user's session with the user's own systemd, from a login that shares no cgroup of the user's with the containers.</summary>
[VmOnly]
[Collection("podman")] // Rootless podman's tests stop the same user's systemd when they end.
public sealed class UserSystemdTests : IDisposable
{
    // The machine's account for this, with an instance of systemd that a login would start.
    private const string Name = "user";
    private const string Runtime = "/run/user/1000";
    private const string Units = "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service";

    private readonly string _id = Cctl.NewId();
    private readonly TempDir _directory = new();

    public UserSystemdTests()
    {
        Command.Run("systemctl", "start", "user@1000.service").MustSucceed();
        Command.Run("chown", "-R", Name, _directory.Path).MustSucceed();
        Quiet("spec", "--rootless", "--rootfs", "--bundle", _directory.Path, "--", "sleep", "1000");
    }

    public void Dispose()
    {
        Try("delete", "--force", _id).Run();
        _directory.Dispose();
    }

    [Fact]
    public void Spec_run_exec_list_state_kill_and_delete_work_and_warn_of_nothing()
    {
        Quiet("--systemd-cgroup", "run", "--detach", "--bundle", _directory.Path, _id);
        Assert.Equal("running", State().Status);
        Assert.Equal("0::/", Quiet("exec", _id, "cat", "/proc/self/cgroup").Text);
        Quiet("exec", "--detach", _id, "sleep", "1000");
        Assert.Equal(2, File.ReadAllLines($"{Units}/user.slice/cctl-{_id}.scope/cgroup.procs").Length);
        Assert.Contains(_id, Quiet("list").Stdout, StringComparison.Ordinal);
        Quiet("kill", _id, "KILL");
        Eventually.True(() => State().Status == "stopped", Place.Deadline(10), () => "not stopped after SIGKILL", everyMilliseconds: 500);
        Quiet("delete", _id);
        Assert.Contains("does not exist", Try("state", _id).Run().MustExit(1).Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void From_outside_of_a_delegated_scope_exec_says_how_to_get_in()
    {
        string[] scope = ["systemd-run", "--user", "--scope", "--quiet"];
        AsUser([.. scope, "-p", "Delegate=yes", Cctl.Executable, "--root", Root, "run", "--detach", "--bundle", _directory.Path, _id]).Run().MustSucceed();
        CommandResult refused = Try("exec", _id, "true").Run();
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("with systemd-run --user --scope cctl exec", refused.Stderr, StringComparison.Ordinal);
        AsUser([.. scope, Cctl.Executable, "--root", Root, "exec", _id, "true"]).Run().MustSucceed();
    }

    [Fact]
    public void A_limit_that_is_not_delegated_is_refused_at_once_and_the_users_unit_named()
    {
        RuntimeConfig config = ConfigFile.Parse(File.ReadAllBytes(_directory["config.json"]));
        config.Linux!.Resources = new LinuxResources { BlockIO = new() { Weight = 500 } };
        // Who waits for systemd to end the first process waits longer than this test.
        config.Annotations = new() { ["org.systemd.property.TimeoutStopSec"] = "3600" };
        File.WriteAllBytes(_directory["config.json"], ConfigFile.Write(config));
        string error = Try("--systemd-cgroup", "run", "--bundle", _directory.Path, _id).Run().MustExit(1).Stderr;
        Assert.StartsWith("cctl: /linux/resources/blockIO/weight: enable the io controller in ", error, StringComparison.Ordinal);
        Assert.Contains("as root, add io to Delegate= of user@1000.service (systemctl edit user@1000.service)", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists($"{Units}/user.slice/cctl-{_id}.scope"));
    }

    private string Root => _directory["run"];

    private ContainerState State() => ConfigFile.ParseState(Encoding.UTF8.GetBytes(Quiet("state", _id).Stdout));

    private CommandResult Quiet(params string[] arguments)
    {
        CommandResult result = Try(arguments).Run().MustSucceed();
        Assert.Equal("", result.Stderr);
        return result;
    }

    private Command Try(params string[] arguments) => AsUser([Cctl.Executable, "--root", Root, .. arguments]);

    private static Command AsUser(params string[] arguments) =>
        new("setpriv", ["--reuid", Name, "--regid", Name, "--clear-groups", "--", .. arguments])
        {
            Directory = "/",
            Environment = { ["XDG_RUNTIME_DIR"] = Runtime, ["DBUS_SESSION_BUS_ADDRESS"] = $"unix:path={Runtime}/bus" },
        };
}
