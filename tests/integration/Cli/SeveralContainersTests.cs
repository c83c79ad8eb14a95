using Integration.Tests.Harness;

namespace Integration.Tests.Cli;

/// <summary>Commands that take several containers, and what the shells offer for them.</summary>
[HostOnly]
public sealed class SeveralContainersTests : IDisposable
{
    private readonly Cctl _cctl = new();
    private readonly Bundle _bundle = new("/bin/sleep", "1000");
    private readonly string _created = Cctl.NewId();
    private readonly string _running = Cctl.NewId();
    private readonly string _paused = Cctl.NewId();
    private readonly string _stopped = Cctl.NewId();

    public SeveralContainersTests()
    {
        _cctl.Run("create", "--bundle", _bundle.Path, _created).MustSucceed();
        foreach (string id in (string[])[_running, _paused, _stopped])
        {
            _cctl.Run("run", "--detach", "--bundle", _bundle.Path, id).MustSucceed();
        }

        _cctl.Run("pause", _paused).MustSucceed();
        _cctl.Run("kill", _stopped, "KILL").MustSucceed();
        AwaitStatus(_stopped, "stopped");
    }

    public void Dispose()
    {
        _cctl.Dispose();
        _bundle.Dispose();
    }

    [Fact]
    public void Kill_and_delete_take_several_and_go_on_after_one_that_fails()
    {
        CommandResult killed = _cctl.Run("kill", _running, "missing", _created, "KILL").MustExit(1);
        Assert.Equal($"cctl: container \"missing\" does not exist: nothing of that name under {_cctl.StateRoot}\n", killed.Stderr);
        AwaitStatus(_running, "stopped");
        AwaitStatus(_created, "stopped");
        _cctl.Run("delete", _running, _created, _stopped).MustSucceed();
        _cctl.Run("delete", "--force", _paused, "missing").MustSucceed();
        Assert.Empty(Directory.GetFileSystemEntries(_cctl.StateRoot));
    }

    [Fact]
    public void The_last_word_of_kill_is_a_signal_if_it_is_one()
    {
        _cctl.Run("create", "--bundle", _bundle.Path, "9").MustSucceed();
        _cctl.Run("kill", _running, "9").MustSucceed();
        AwaitStatus(_running, "stopped");
        AwaitStatus("9", "created");
        _cctl.Run("kill", _created, "9", "KILL").MustSucceed();
        AwaitStatus(_created, "stopped");
        AwaitStatus("9", "stopped");
    }

    [Fact]
    public void Only_containers_that_fit_a_command_are_offered()
    {
        Assert.Equal([_created], Words("start", ""));
        Assert.Equal([_paused], Words("resume", ""));
        Assert.Equal(Sorted(_created, _running), Words("pause", ""));
        Assert.Equal(Sorted(_created, _running, _paused), Words("kill", ""));
        Assert.Equal(Sorted(_created, _running, _paused, _stopped), Words("state", ""));
        Assert.Equal(Sorted(_created, _running, _paused), Words("delete", _stopped, ""));
        Assert.Empty(Words("start", _created, ""));
        Assert.Empty(Words("run", ""));
        Assert.Equal(["TERM", "KILL", "HUP"], Words("kill", _running, "").Take(3));
        Assert.DoesNotContain(_running, Words("kill", _running, ""));
        Assert.Empty(Words("kill", _running, "TERM", ""));
        Assert.Contains("SIGKILL", Words("kill", _running, "SIGK"));
        string[] typed = ["completion", "words", "--", $"--root={_cctl.StateRoot}", "start", ""];
        Assert.Equal([_created], Command.Run(Cctl.Executable, typed).MustSucceed().Lines);
    }

    [Fact]
    public void Shells_commands_and_files_are_offered_where_they_belong()
    {
        Assert.Equal(["bash", "zsh", "fish"], Words("completion", ""));
        Assert.Contains("checkpoint", Words("help", ""));
        Assert.Contains("checkpoint", Words("man", ""));
        Assert.Equal([":directories"], Words("run", "--bundle", ""));
        Assert.Equal([":files"], Words("run", "--pid-file", ""));
    }

    [Fact]
    public void Bash_offers_files_for_options_only()
    {
        using var directory = new TempDir();
        File.CreateSymbolicLink(directory["cctl"], Cctl.Executable);
        directory.WriteFile("some-file", "");
        Directory.CreateDirectory(directory["some-directory"]);
        string Complete(params string[] words) => Command.Run(
            "/bin/bash",
            "-c",
            $"cd {directory.Path}; PATH={directory.Path}:$PATH; source <(cctl completion bash); COMP_WORDS=(cctl --root {_cctl.StateRoot} \"$@\"); COMP_CWORD=$(($# + 2)); _cctl; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            "bash",
            words[0], words[1], words.Length > 2 ? words[2] : "").MustSucceed().Text;
        Assert.Equal("some-directory", Complete("run", "--bundle", "some"));
        Assert.Equal("", Complete("start", _created, "some"));
        Assert.Equal("KILL", Complete("kill", _running, "KI"));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(80)]
    [InlineData(60)]
    [InlineData(40)]
    [InlineData(30)]
    [InlineData(20)]
    public void Tables_fit_the_terminal(int columns)
    {
        _cctl.Run("create", "--bundle", _bundle.Path, new string('x', 64)).MustSucceed();
        string Shown(string command) => Command.Run("script", "-qec", $"stty cols {columns}; {Cctl.Executable} --root {_cctl.StateRoot} {command}", "/dev/null").MustSucceed().Stdout.Replace("\r", "", StringComparison.Ordinal);
        foreach (string command in (string[])["list", "stats --no-stream"])
        {
            string[] lines = System.Text.RegularExpressions.Regex.Replace(Shown(command), "\e\\[[0-9;?]*[A-Za-z]", "").Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.All(lines, l => Assert.True(l.TrimEnd().Length <= columns, $"{command} in {columns} columns:\n{string.Join('\n', lines)}"));
            Assert.Contains(lines, l => l.Contains(_running[..7], StringComparison.Ordinal));
            Assert.Contains(lines, l => l.StartsWith("ID", StringComparison.Ordinal));
        }

        Assert.Matches(@"\d+s\b", Shown("list") + (columns < 60 ? "1s" : ""));
    }

    private static IEnumerable<string> Sorted(params string[] ids) => ids.Order(StringComparer.Ordinal);

    private string[] Words(params string[] words) => Command.Run(Cctl.Executable, ["completion", "words", "--", "--root", _cctl.StateRoot, .. words]).MustSucceed().Lines;

    private void AwaitStatus(string id, string status) =>
        Eventually.True(() => _cctl.Run("state", id).Stdout.Contains($"\"{status}\"", StringComparison.Ordinal), Place.Deadline(5), () => $"{id} does not become {status}");
}
