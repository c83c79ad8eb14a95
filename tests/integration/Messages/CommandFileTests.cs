using Integration.Tests.Harness;

namespace Integration.Tests.Messages;

/// <summary>A command that cannot be executed: what its file is, and what it lacks.</summary>
[HostOnly]
public sealed class CommandFileTests
{
    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;

    [Theory]
    [InlineData("/bin/script")]
    [InlineData("script")]
    public void A_missing_interpreter_is_named(string command) =>
        Mistake.InBundle(
            "ENOENT: no such file or directory: /bin/script is there, its interpreter /bin/missing is not in the root filesystem",
            c => c.Process!.Args = [command],
            bundle => Write(bundle, "#!/bin/missing -x\n"));

    [Fact]
    public void An_interpreter_of_an_interpreter_is_named() =>
        Mistake.InBundle(
            "/bin/other is there, its interpreter /bin/missing is not in the root filesystem",
            c => c.Process!.Args = ["/bin/script"],
            bundle =>
            {
                Write(bundle, "#!/bin/other\n");
                Write(bundle, "#!/bin/missing\n", "other");
            });

    [Fact]
    public void A_carriage_return_behind_the_interpreter_is_told() =>
        Mistake.InBundle(
            @"the first line of /bin/script ends with a carriage return, which makes its interpreter ""/bin/sh\x0d"": save the file with unix line ends",
            c => c.Process!.Args = ["script"],
            bundle => Write(bundle, "#!/bin/sh\r\necho\r\n"));

    [Fact]
    public void The_loader_of_a_program_is_named() =>
        Mistake.InBundle(
            "/bin/script is there, its interpreter /lib64/ld-linux-x86-64.so.2 is not in the root filesystem",
            c => c.Process!.Args = ["/bin/script"],
            bundle => File.Copy("/usr/bin/env", Path.Combine(bundle.Rootfs, "bin/script")));

    [Theory]
    [InlineData("", "true", "ENOENT: /bin/true is there, but uid 1000 may not search the root directory (mode 0700, owner 0:0): chmod a+x, or another user")]
    [InlineData("bin", "true", "ENOENT: /bin/true is there, but uid 1000 may not search /bin (mode 0700, owner 0:0)")]
    [InlineData("bin", "/bin/true", "EACCES: permission denied: uid 1000 may not search /bin (mode 0700, owner 0:0)")]
    [InlineData("bin/own", "/bin/own", "EACCES: permission denied: uid 1000 may not execute /bin/own (mode 0700, owner 0:0)")]
    public void What_the_user_may_not_reach_is_named_with_its_mode_and_owner(string closed, string command, string message) =>
        Mistake.InBundle(
            message,
            c =>
            {
                c.Process!.Args = [command];
                c.Process.User = new() { Uid = 1000, Gid = 1000 };
                c.Process.Capabilities = null;
            },
            bundle =>
            {
                Write(bundle, "#!/bin/sh\n", "own");
                File.SetUnixFileMode(Path.Combine(bundle.Rootfs, closed), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            });

    [Fact]
    public void Start_says_the_same_as_run()
    {
        using var cctl = new Cctl();
        using Bundle bundle = new Bundle("script");
        Write(bundle, "#!/bin/missing\n");
        string id = Cctl.NewId();
        cctl.Run("create", "--bundle", bundle.Path, id).MustSucceed();
        Mistake.IsAnswered("/bin/script is there, its interpreter /bin/missing is not in the root filesystem", cctl.Run("start", id));
    }

    [Fact]
    public void Exec_says_the_same_as_run()
    {
        using var cctl = new Cctl();
        using Bundle bundle = new Bundle("/bin/sleep", "1000");
        Write(bundle, "#!/bin/missing\n");
        string id = Cctl.NewId();
        cctl.Run("run", "--detach", "--bundle", bundle.Path, id).MustSucceed();
        Mistake.IsAnswered("/bin/script is there, its interpreter /bin/missing is not in the root filesystem", cctl.Run("exec", id, "script"));
        Mistake.IsAnswered("/process/args/1 has 140000 bytes, and one string at most 131071: pass it in a file", LongArgument(cctl, id));
    }

    [Fact]
    public void An_argument_that_is_too_long_is_named() =>
        Mistake.InBundle("E2BIG: argument list too long: /process/args/2 has 140000 bytes, and one string at most 131071: pass it in a file", c => c.Process!.Args = ["/bin/true", "a", new string('x', 140_000)]);

    [Fact]
    public void A_variable_that_is_too_long_is_named() =>
        Mistake.InBundle("E2BIG: argument list too long: /process/env/1 has 140002 bytes", c => c.Process!.Env = ["PATH=/bin", "A=" + new string('x', 140_000)]);

    [Fact]
    public void Arguments_that_are_too_much_together_are_counted() =>
        Mistake.InBundle("E2BIG: argument list too long: arguments and environment take ", c => c.Process!.Args = ["/bin/true", .. Enumerable.Repeat(new string('x', 100_000), 80)]);

    [Fact]
    public void A_mount_without_exec_is_named() =>
        Mistake.InBundle(
            "permission denied: /mounts/7 mounts /opt noexec: nothing can be executed there",
            c =>
            {
                c.Mounts!.Add(new() { Destination = "/opt", Source = "rootfs/bin", Options = ["bind", "noexec"] });
                c.Process!.Args = ["/opt/true"];
            },
            bundle => Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "opt")));

    [Fact]
    public void A_file_without_permission_to_execute_is_told_with_its_mode() =>
        Mistake.InBundle("permission denied: /etc/passwd is executable for nobody (mode 644): chmod +x", c => c.Process!.Args = ["/etc/passwd"]);

    [Fact]
    public void A_directory_is_no_program() =>
        Mistake.InBundle("permission denied: /etc is a directory, not a program", c => c.Process!.Args = ["/etc"]);

    private static CommandResult LongArgument(Cctl cctl, string id)
    {
        using var directory = new TempDir();
        string file = directory.WriteFile("process.json", $$"""{"cwd":"/","args":["/bin/true","{{new string('x', 140_000)}}"]}""");
        return cctl.Run("exec", "--process", file, id);
    }

    private static void Write(Bundle bundle, string text, string name = "script")
    {
        string path = Path.Combine(bundle.Rootfs, "bin", name);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, Executable);
    }
}
