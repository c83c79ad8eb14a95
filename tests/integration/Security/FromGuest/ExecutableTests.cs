using System.Globalization;
using System.Security.Cryptography;
using Integration.Tests.Harness;

namespace Integration.Tests.Security.FromGuest;

/// <summary>CVE-2019-5736: a guest that gets hold of the runtime's executable overwrites it for the host.</summary>
public sealed class ExecutableTests : IDisposable
{
    private readonly TempDir _directory = new();
    private readonly TempDir _state = new();
    private readonly string _cctl;
    private readonly byte[] _before;

    // A copy of its own: if the attack succeeds, it hits this one.
    public ExecutableTests()
    {
        _cctl = _directory["cctl"];
        ProgramFiles.Copy(Cctl.Executable, _cctl);
        File.SetUnixFileMode(_cctl, (UnixFileMode)0b111_101_101);
        _before = SHA256.HashData(File.ReadAllBytes(_cctl));
    }

    [Fact]
    public void A_guest_that_executes_proc_self_exe_gets_a_file_that_cannot_be_written()
    {
        using var bundle = new Bundle("/proc/self/exe", "--version");
        CommandResult result = Run("run", "--bundle", bundle.Path, Cctl.NewId());
        Assert.Contains("version", result.MustSucceed().Stdout, StringComparison.Ordinal);
        AssertUnharmed();
    }

    [Theory]
    [InlineData("/proc/self/exe", "--version")]
    [InlineData("/attack", "")]
    public void A_process_that_enters_later_gets_no_more(string command, string argument)
    {
        using var bundle = new Bundle("/bin/sleep", "1000");
        ProgramFiles.Write(Path.Combine(bundle.Rootfs, "attack"), "#!/proc/self/exe\n");
        File.SetUnixFileMode(Path.Combine(bundle.Rootfs, "attack"), (UnixFileMode)0b111_101_101);
        string id = Cctl.NewId();
        Quiet("run", "--detach", "--bundle", bundle.Path, id).MustSucceed();
        try
        {
            CommandResult result = Run("exec", id, command, argument);
            Assert.True(argument.Length == 0 || result.Stdout.Contains("version", StringComparison.Ordinal), result.Stdout + result.Stderr);

            // The runtime's own process, seen by a guest that has the host's pids: what is behind its exe is read-only.
            using RunningCommand running = new Command(_cctl, "--root", _state.Path, "exec", id, "/bin/cat").Start();
            CommandResult attack = Command.Run(Path.Combine(AppContext.BaseDirectory, "self-exe"), running.Pid.ToString(CultureInfo.InvariantCulture)).MustSucceed();
            Assert.DoesNotContain("WRITTEN", attack.Stdout, StringComparison.Ordinal);
        }
        finally
        {
            Run("delete", "--force", id);
        }

        AssertUnharmed();
    }

    [Fact]
    public void A_script_whose_interpreter_is_proc_self_exe_changes_nothing()
    {
        using var bundle = new Bundle("/attack");
        ProgramFiles.Write(Path.Combine(bundle.Rootfs, "attack"), "#!/proc/self/exe\n");
        File.SetUnixFileMode(Path.Combine(bundle.Rootfs, "attack"), (UnixFileMode)0b111_101_101);
        Run("run", "--bundle", bundle.Path, Cctl.NewId()); // whatever it ends with
        AssertUnharmed();
    }

    /// <summary>What a guest can reach of the runtime that waits in it: the first process before its execve.</summary>
    [Fact]
    public void The_executable_of_a_waiting_first_process_cannot_be_written_while_it_runs_nor_later()
    {
        using var bundle = new Bundle("/bin/true");
        string id = Cctl.NewId();
        Quiet("create", "--bundle", bundle.Path, id).MustSucceed();
        try
        {
            string pid = Pid(id);
            string attack = Path.Combine(AppContext.BaseDirectory, "self-exe");
            CommandResult running = Command.Run(attack, pid).MustSucceed();
            Assert.DoesNotContain("WRITTEN", running.Stdout, StringComparison.Ordinal);

            // The kernel protects what is being executed. The attack keeps the file open, waits for the end, and writes then.
            CommandResult later = Command.Run("/bin/bash", "-c", $"exec 7</proc/{pid}/exe && '{_cctl}' --root '{_state.Path}' delete --force {id} && for i in 1 2 3; do (printf x >/proc/self/fd/7) && echo WRITTEN; (printf x >>/proc/self/fd/7) && echo WRITTEN; done; true").MustSucceed();
            Assert.DoesNotContain("WRITTEN", later.Stdout, StringComparison.Ordinal);
            Assert.Contains("Read-only file system", later.Stderr, StringComparison.Ordinal);
        }
        finally
        {
            Run("delete", "--force", id);
        }

        AssertUnharmed();
    }

    [Fact]
    public void The_sealed_executable_leaves_no_mount_behind()
    {
        using var bundle = new Bundle("/bin/true");
        string before = File.ReadAllText("/proc/self/mountinfo");
        Run("run", "--bundle", bundle.Path, Cctl.NewId()).MustSucceed();
        Assert.DoesNotContain(_cctl, File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
        Assert.Equal(before.Contains("/cctl ", StringComparison.Ordinal), File.ReadAllText("/proc/self/mountinfo").Contains("/cctl ", StringComparison.Ordinal));
    }

    [Fact]
    public void No_library_is_loaded_that_a_guest_could_overwrite()
    {
        // A dynamic executable has a program interpreter (PT_INTERP, type 3).
        byte[] elf = File.ReadAllBytes(_cctl);
        int headers = (int)BitConverter.ToInt64(elf, 32);
        int size = BitConverter.ToInt16(elf, 54);
        for (int i = 0; i < BitConverter.ToInt16(elf, 56); i++)
        {
            Assert.NotEqual(3, BitConverter.ToInt32(elf, headers + (i * size)));
        }
    }

    public void Dispose()
    {
        _directory.Dispose();
        _state.Dispose();
    }

    private void AssertUnharmed() => Assert.Equal(_before, SHA256.HashData(File.ReadAllBytes(_cctl)));

    private string Pid(string id)
    {
        string state = Run("state", id).MustSucceed().Stdout;
        using System.Text.Json.JsonDocument document = System.Text.Json.JsonDocument.Parse(state);
        return document.RootElement.GetProperty("pid").GetInt32().ToString(CultureInfo.InvariantCulture);
    }

    private CommandResult Run(params string[] arguments) => new Command(_cctl, ["--root", _state.Path, .. arguments]).Run();

    private CommandResult Quiet(params string[] arguments) => new Command("/bin/sh", ["-c", "exec \"$@\" </dev/null >/dev/null 2>&1", "sh", _cctl, "--root", _state.Path, .. arguments]).Run();
}
