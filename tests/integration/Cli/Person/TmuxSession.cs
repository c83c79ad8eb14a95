using Integration.Tests.Harness;

namespace Integration.Tests.Cli.Person;

/// <summary>
/// A person at a terminal: bash in a pane of tmux(1), with job control. What is typed arrives as from a keyboard, and the
/// screen is what the person sees. Disposing ends the server with everything in the pane.
/// </summary>
internal sealed class TmuxSession : IDisposable
{
    private readonly TempDir _directory = new();
    private readonly string _socket;
    private int _marks;

    /// <summary>Opens the pane.</summary>
    /// <param name="variables">Variables of the shell.</param>
    public TmuxSession(params (string Name, string Value)[] variables)
    {
        _socket = _directory["tmux"];
        string[] environment = [.. variables.Append(("T", _directory.Path)).SelectMany(v => new[] { "-e", $"{v.Item1}={v.Item2}" })];
        Tmux(["-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", .. environment, "exec bash --norc --noprofile +o history -i"]);
        WaitFor("bash-");
        SaveModes("before");
    }

    /// <summary>What the pane shows and has shown, without spaces at the lines' ends.</summary>
    public string Screen => Tmux(["capture-pane", "-p", "-S", "-"]).Stdout;

    /// <summary>Types a line.</summary>
    public void Line(string text)
    {
        Tmux(["send-keys", "-l", text]);
        Key("Enter");
    }

    /// <summary>Presses a key, such as <c>C-c</c>.</summary>
    public void Key(string key) => Tmux(["send-keys", key]);

    /// <summary>Gives the window another size.</summary>
    public void Resize(int columns, int rows) => Tmux(["resize-window", "-x", $"{columns}", "-y", $"{rows}"]);

    /// <summary>Closes the window, as a person does who has had enough.</summary>
    public void CloseWindow() => Tmux(["kill-pane"]);

    /// <summary>Waits until the screen has the text.</summary>
    public void WaitFor(string text) =>
        Eventually.True(() => Screen.Contains(text, StringComparison.Ordinal), Place.Deadline(20), () => $"no '{text}' on the screen:\n{Screen}", everyMilliseconds: 50);

    /// <summary>The exit status of the last command, once the shell has the terminal again.</summary>
    public string Status()
    {
        // What is typed earlier is the guest's.
        Eventually.True(() => Tmux(["display-message", "-p", "#{pane_current_command}"]).Text == "bash", Place.Deadline(20), () => $"the shell does not get the terminal:\n{Screen}", everyMilliseconds: 50);
        string mark = $"status{++_marks}";
        Line($"echo {mark}''=$?.");
        WaitFor($"{mark}=");
        string shown = Screen[(Screen.LastIndexOf($"{mark}=", StringComparison.Ordinal) + mark.Length + 1)..];
        return shown[..shown.IndexOf('.', StringComparison.Ordinal)];
    }

    /// <summary>Asserts that the terminal, whatever its size, has the modes that it had at first, and that the shell answers.</summary>
    public void AssertModesAsBefore()
    {
        SaveModes("after");
        Assert.Equal(File.ReadAllText(_directory["before"]), File.ReadAllText(_directory["after"]));
    }

    public void Dispose()
    {
        new Command("/usr/bin/tmux", "-S", _socket, "kill-server").Run();
        _directory.Dispose();
    }

    private void SaveModes(string name)
    {
        Line($"stty -g >$T/{name}");
        Assert.Equal("0", Status());
    }

    private CommandResult Tmux(string[] words) => new Command("/usr/bin/tmux", ["-S", _socket, .. words]).Run().MustSucceed();
}
