using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Security.FromAuthor;

/// <summary>A filter refuses what the launch itself does last: it ends, with a reason, and leaves nothing that runs.</summary>
public sealed class DeadlyFilterTests : IDisposable
{
    private readonly Attack _attack = new();

    /// <summary>The interpreter of the script is missing: execve fails when the filter is there already.</summary>
    [Theory]
    [InlineData("exit_group", false)]
    [InlineData("exit_group", true)]
    [InlineData("exit_group exit", false)]
    [InlineData("exit_group exit", true)]
    [InlineData("all but execve", false)]
    [InlineData("all but execve", true)]
    public void A_process_that_may_not_exit_ends_all_the_same(string refused, bool create)
    {
        Bundle bundle = _attack.Program(["/script"]).With(c => Refuse(c, "SCMP_ACT_ERRNO", refused));
        ProgramFiles.Write(Path.Combine(bundle.Rootfs, "script"), "#!/missing\n");
        File.SetUnixFileMode(Path.Combine(bundle.Rootfs, "script"), (UnixFileMode)0b111_101_101);
        if (refused == "all but execve")
        {
            bundle.With(c => c.Linux!.Seccomp = new() { DefaultAction = "SCMP_ACT_ERRNO", Syscalls = [new LinuxSyscall { Names = ["execve", "execveat"], Action = "SCMP_ACT_ALLOW" }] });
        }

        AssertFailsInTime(bundle, create, refused == "all but execve" ? "cctl: " : "/script");
    }

    [Theory]
    [InlineData("SCMP_ACT_ERRNO", false)]
    [InlineData("SCMP_ACT_ERRNO", true)]
    [InlineData("SCMP_ACT_KILL_PROCESS", false)]
    [InlineData("SCMP_ACT_KILL_PROCESS", true)]
    [InlineData("SCMP_ACT_KILL_THREAD", false)]
    [InlineData("SCMP_ACT_TRAP", true)]
    public void A_process_that_may_not_execute_is_an_error_at_the_filter(string action, bool create)
    {
        Bundle bundle = _attack.Program(["/bin/sleep", "1000"]).With(c => Refuse(c, action, "execve execveat"));
        AssertFailsInTime(bundle, create, "/linux/seccomp");
    }

    public void Dispose() => _attack.Dispose();

    private static void Refuse(RuntimeConfig config, string action, string calls) => config.Linux!.Seccomp = new()
    {
        DefaultAction = "SCMP_ACT_ALLOW",
        Syscalls = [new LinuxSyscall { Names = [.. calls.Split(' ')], Action = action }],
    };

    private void AssertFailsInTime(Bundle bundle, bool create, string message)
    {
        string id = Cctl.NewId();
        CommandResult result;
        if (create)
        {
            string script = $"{Cctl.Executable} --root {_attack.Cctl.StateRoot} create --bundle {bundle.Path} {id} </dev/null >/dev/null && exec {Cctl.Executable} --root {_attack.Cctl.StateRoot} start {id}";
            result = new Command("/bin/sh", "-c", script) { Timeout = Place.Deadline(8) }.Run();
        }
        else
        {
            result = InTime("run", "--bundle", bundle.Path, id);
        }

        Assert.True(result.ExitCode != 0, "it is said to have succeeded");
        Assert.Contains(message, result.Stderr, StringComparison.Ordinal);
        Eventually.True(() => Leftovers.Processes(id).Count == 0, Place.Deadline(5), () => "a process is left");
        InTime("delete", "--force", id).MustSucceed();
        Leftovers.AssertNone(_attack.Cctl.StateRoot, id, bundle.Path, message);
    }

    private CommandResult InTime(params string[] arguments) =>
        new Command(Cctl.Executable, ["--root", _attack.Cctl.StateRoot, .. arguments]) { Timeout = Place.Deadline(8) }.Run();
}
