using Integration.Tests.Harness;

namespace Integration.Tests.Messages;

/// <summary>Files that options name, and that cannot be what they are named for.</summary>
public sealed class FileOptionTests : IDisposable
{
    private readonly Cctl _cctl = new();
    private readonly TempDir _directory = new();
    private readonly Bundle _bundle = new("/bin/true");

    public void Dispose()
    {
        _cctl.Dispose();
        _bundle.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void A_pid_file_never_takes_a_devices_place()
    {
        Command.Run("mknod", _directory["null"], "c", "1", "3").MustSucceed();
        File.CreateSymbolicLink(_directory["link"], _directory["null"]);
        File.CreateSymbolicLink(_directory["stdout"], "/proc/self/fd/1");
        Refuses("null", "it is a device, which the file would replace: name a file");
        Refuses("link", "it is a link to a device, which the file would replace: name a file");
        Refuses("stdout", "it is a link of the kernel's, which the file would replace: name a file");
        Assert.Equal(["link", "null", "stdout"], Names());
    }

    [Fact]
    public void A_pid_file_needs_a_directory_and_a_name()
    {
        Directory.CreateDirectory(_directory["directory"]);
        Refuses("directory", "it is a directory, which the file would replace");
        Refuses("missing/pid", $"ENOENT: no such file or directory: the directory {_directory["missing"]} does not exist: make it first");
        Assert.Equal(["directory"], Names());
    }

    [Fact]
    public void A_log_that_cannot_be_opened_is_an_error()
    {
        Mistake.IsAnswered($"--log {_directory["missing/log"]}: ENOENT: no such file or directory: make its directory first, or name another file", _cctl.Run("--log", _directory["missing/log"], "list"));
        Mistake.IsAnswered($"--log {_directory.Path}: EISDIR: is a directory", _cctl.Run("--log", _directory.Path, "list"));
        _cctl.Run("--log", _directory["log"], "list").MustSucceed();
    }

    [Fact]
    public void A_line_that_the_log_does_not_take_is_not_lost()
    {
        CommandResult result = _cctl.Run("--log", "/dev/full", "--debug", "state", "missing").MustExit(1);
        Assert.Contains("cctl: --log /dev/full: ENOSPC: the log goes here\n", result.Stderr, StringComparison.Ordinal);
        Assert.Matches("level=error msg=.*does not exist", result.Stderr);
    }

    [Fact]
    public void Who_only_looks_makes_no_state_root()
    {
        Assert.StartsWith("ID ", Command.Run(Cctl.Executable, "--root", _directory["new/a"], "list").MustSucceed().Stdout, StringComparison.Ordinal);
        Mistake.IsAnswered("container \"x\" does not exist", Command.Run(Cctl.Executable, "--root", _directory["new/a"], "state", "x"));
        Mistake.IsAnswered("container \"x\" does not exist", Command.Run(Cctl.Executable, "--root", _directory["new/a"], "exec", "x", "true"));
        Assert.Empty(Names());
    }

    [Fact]
    public void A_fifo_without_a_writer_keeps_nobody_waiting()
    {
        Command.Run("mkfifo", _directory["fifo"]).MustSucceed();
        string id = Cctl.NewId();
        Mistake.IsAnswered("it is a FIFO or a pipe that nobody writes to", _cctl.Run("run", "--bundle", _bundle.Path, "--config", _directory["fifo"], id));
        using var sleeper = new Bundle("/bin/sleep", "1000");
        _cctl.Run("run", "--detach", "--bundle", sleeper.Path, id).MustSucceed();
        Mistake.IsAnswered("it is a FIFO or a pipe that nobody writes to", _cctl.Run("exec", "--process", _directory["fifo"], id));
        Mistake.IsAnswered("it is a FIFO or a pipe that nobody writes to", _cctl.Run("update", "--resources", _directory["fifo"], id));
    }

    [Theory]
    [InlineData("cat {1} | {0} -f /dev/stdin {2}")]
    [InlineData("{{ sleep 0.2; cat {1}; }} | {0} -f /dev/stdin {2}")]
    [InlineData("{0} -f <(sleep 0.2; cat {1}) {2}")]
    [InlineData("{0} -f /dev/stdin {2} <{1}")]
    [InlineData("{0} -f /dev/fd/7 {2} 7<{1}")]
    public void A_config_may_come_through_a_pipe(string script)
    {
        using Bundle bundle = new Bundle("/bin/echo", "ran");
        string command = string.Format(System.Globalization.CultureInfo.InvariantCulture, script, $"{Cctl.Executable} --root {_cctl.StateRoot} run --bundle {bundle.Path}", bundle["config.json"], Cctl.NewId());
        Assert.Equal("ran\n", Command.Run("bash", "-c", command).MustSucceed().Stdout);
    }

    [Fact]
    public void A_file_in_the_way_of_the_state_root_is_named()
    {
        _directory.WriteFile("file", "");
        Mistake.IsAnswered($"ENOTDIR: not a directory: {_directory["file"]} is in the way: choose another with --root", Command.Run(Cctl.Executable, "--root", _directory["file/a/b"], "list"));
    }

    [Fact]
    public void A_bundle_that_is_not_there_is_told_from_one_without_a_configuration()
    {
        Mistake.IsAnswered($"the bundle {_directory["missing"]} does not exist", _cctl.Run("run", "--bundle", _directory["missing"], Cctl.NewId()));
        Mistake.IsAnswered("--config is relative to the working directory, not to the bundle", _cctl.Run("run", "--bundle", _bundle.Path, "--config", "missing.json", Cctl.NewId()));
        _directory.WriteFile("file", "");
        Mistake.IsAnswered($"the bundle {_directory["file"]} is a file", _cctl.Run("run", "--bundle", _directory["file"], Cctl.NewId()));
    }

    private void Refuses(string name, string message)
    {
        foreach (string command in (string[])["create", "run"])
        {
            string id = Cctl.NewId();
            Mistake.IsAnswered($"--pid-file {_directory[name]}: {message}", _cctl.Run(command, "--pid-file", _directory[name], "--bundle", _bundle.Path, id));
            Leftovers.AssertNone(_cctl.StateRoot, id, _bundle.Path, name);
        }
    }

    private string[] Names() => [.. Directory.GetFileSystemEntries(_directory.Path).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];
}
