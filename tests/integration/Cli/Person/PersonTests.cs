using Integration.Tests.Harness;

namespace Integration.Tests.Cli.Person;

/// <summary>What a person does at a terminal with a guest in it, and what the shell has of the terminal afterwards.</summary>
[HostOnly]
public sealed class PersonTests : IDisposable
{
    private readonly Cctl _cctl = new();
    private readonly string _id = Cctl.NewId();

    [Fact]
    public void A_shell_is_typed_to_and_ends_with_Ctrl_D()
    {
        using Bundle bundle = Terminal("/bin/sh");
        using TmuxSession person = At(bundle);
        person.Line("$RUN");
        person.WaitFor("/ #");
        person.Line("echo product=$((6*7))");
        person.WaitFor("product=42");
        person.Line("sleep 1000");
        person.WaitFor("sleep 1000");
        person.Key("C-c");
        person.Line("echo e''nd; (exit 3)");
        person.WaitFor("end\n/ #");
        person.Key("C-d");
        Assert.Equal("3", person.Status());
        person.AssertModesAsBefore();
        Assert.Empty(Directory.GetFileSystemEntries(_cctl.StateRoot));
    }

    [Fact]
    public void A_further_shell_of_exec_is_typed_to_and_ends_with_Ctrl_D()
    {
        using var bundle = new Bundle("/bin/sleep", "1000");
        _cctl.Run("run", "--detach", "--bundle", bundle.Path, _id).MustSucceed();
        using TmuxSession person = At(bundle);
        person.Line($"$CCTL exec -t {_id} sh");
        person.WaitFor("/ #");
        person.Line("echo product=$((6*7)); sleep 1000");
        person.WaitFor("product=42");
        person.Key("C-c");
        person.Line("echo e''nd; (exit 3)");
        person.WaitFor("end\n/ #");
        person.Key("C-d");
        Assert.Equal("3", person.Status());
        person.AssertModesAsBefore();
    }

    [Fact]
    public void A_window_that_changes_its_size_changes_the_guests()
    {
        using Bundle bundle = Terminal("/bin/sh", "-c", "trap 'exit 0' INT; while :; do stty size; sleep 0.1; done");
        using TmuxSession person = At(bundle);
        person.Line("$RUN");
        person.WaitFor("24 80");
        person.Resize(columns: 77, rows: 33);
        person.WaitFor("33 77");
        person.Key("C-c");
        person.AssertModesAsBefore();
    }

    [Fact]
    public void A_guest_that_is_started_in_the_background_gets_what_is_typed_after_fg()
    {
        using Bundle bundle = Terminal("/bin/sh", "-c", "echo u''p; while read word; do echo got=$word; done; exit 6");
        using TmuxSession person = At(bundle);
        person.Line("$RUN &");
        person.WaitFor("up");
        person.Line("echo shell=$((2+3))");
        person.WaitFor("shell=5");
        person.AssertModesAsBefore();
        person.Line("fg");
        Eventually.True(() => IsRaw(person), Place.Deadline(10), () => $"never raw after fg:\n{person.Screen}");
        person.Line("hello");
        person.WaitFor("got=hello");
        person.Key("C-d");
        Assert.Equal("6", person.Status());
        person.AssertModesAsBefore();
    }

    [Theory]
    [InlineData("TSTP")]
    [InlineData("STOP")]
    public void A_stopped_run_gives_the_terminal_back_and_takes_it_again_with_fg(string signal)
    {
        using Bundle bundle = Terminal("/bin/sh", "-c", "trap '' TSTP; echo u''p; while read word; do echo got=$word; done; exit 6");
        using TmuxSession person = At(bundle);
        person.Line("$RUN");
        person.WaitFor("up");
        Kill(signal, Runner());
        person.WaitFor("Stopped");
        person.AssertModesAsBefore();
        person.Line("bg");
        person.Line("echo shell=$((2+3))");
        person.WaitFor("shell=5");
        person.AssertModesAsBefore();
        person.Line("fg");
        Eventually.True(() => IsRaw(person), Place.Deadline(10), () => $"never raw after fg:\n{person.Screen}");
        person.Line("hello");
        person.WaitFor("got=hello");
        person.Key("C-d");
        Assert.Equal("6", person.Status());
        person.AssertModesAsBefore();
    }

    [Fact]
    public void Ctrl_Z_stops_a_guest_without_a_terminal_and_fg_continues_it()
    {
        using Bundle bundle = Bundle.Script("trap 'exit 7' INT; echo u''p; while :; do sleep 0.05; done");
        using TmuxSession person = At(bundle);
        person.Line("$RUN");
        person.WaitFor("up");
        int guest = _cctl.PidOf(_id);
        person.Key("C-z");
        person.WaitFor("Stopped");
        Eventually.True(() => State(guest) == 'T', Place.Deadline(10), () => $"the guest's state is {State(guest)}");
        person.Line("bg");
        Eventually.True(() => State(guest) != 'T', Place.Deadline(10), () => "the guest does not go on");
        person.Line("fg");
        Eventually.True(() => Foreground(Runner()), Place.Deadline(10), () => "fg does not give the terminal");
        person.Key("C-c");
        Assert.Equal("7", person.Status());
        person.AssertModesAsBefore();
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("HUP")]
    [InlineData("INT")]
    [InlineData("QUIT")]
    public void A_signal_that_the_guest_answers_leaves_the_terminal_as_it_was(string signal)
    {
        using Bundle bundle = Terminal("/bin/sh", "-c", $"trap 'exit 5' {signal}; echo u''p; while :; do sleep 0.05; done");
        using TmuxSession person = At(bundle);
        person.Line("$RUN");
        person.WaitFor("up");
        Kill(signal, Runner());
        Assert.Equal("5", person.Status());
        person.AssertModesAsBefore();
    }

    [Fact]
    public void The_third_signal_ends_a_guest_that_disregards_it_and_the_second_says_so()
    {
        using Bundle bundle = Terminal("/bin/sh", "-c", "trap '' TERM; echo u''p; while :; do sleep 0.05; done");
        using TmuxSession person = At(bundle);
        person.Line("$RUN");
        person.WaitFor("up");
        int runner = Runner();
        Kill("TERM", runner);
        Eventually.True(() => !IsPending(runner, 15), Place.Deadline(10), () => "SIGTERM is not taken");
        Kill("TERM", runner);
        person.WaitFor("the guest disregards SIGTERM: once more ends it with SIGKILL");
        Kill("TERM", runner);
        Assert.Equal("137", person.Status());
        person.AssertModesAsBefore();
    }

    [Theory]
    [InlineData("exec yes")]
    [InlineData("while :; do echo y; done")]
    public void A_reader_that_goes_ends_the_guest(string script)
    {
        using Bundle bundle = Terminal("/bin/sh", "-c", script);
        using TmuxSession person = At(bundle);
        person.Line("$RUN | head -n 1");
        person.WaitFor("\ny\n"); // what is typed before the guest has the terminal is the first line of its echo
        Assert.Equal("0", person.Status());
        person.AssertModesAsBefore();
        Assert.Empty(Directory.GetFileSystemEntries(_cctl.StateRoot));
    }

    [Fact]
    public void The_rest_of_a_pipeline_writes_whole_lines()
    {
        using Bundle bundle = Terminal("/bin/sh", "-c", "echo o''ne; echo t''wo; read word; echo got=$word");
        using TmuxSession person = At(bundle);
        person.Line("$RUN | cat");
        person.WaitFor("\none\ntwo\n");
        person.Line("three");
        person.WaitFor("got=three\n");
        Assert.Equal("0", person.Status());
        person.AssertModesAsBefore();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_window_that_is_closed_hangs_the_guest_up(bool background)
    {
        using Bundle bundle = Terminal("/bin/sh", "-c", "echo u''p; while :; do sleep 0.05; done");
        using TmuxSession person = At(bundle);
        person.Line(background ? "$RUN &" : "$RUN");
        person.WaitFor("up");
        int runner = Runner();
        person.CloseWindow();
        Eventually.True(() => !Directory.Exists($"/proc/{runner}"), Place.Deadline(10), () => "cctl goes on without its terminal");
        Assert.Empty(Directory.GetFileSystemEntries(_cctl.StateRoot));
    }

    public void Dispose() => _cctl.Dispose();

    private static Bundle Terminal(params string[] arguments) => new Bundle(arguments).With(c => c.Process!.Terminal = true);

    private static void Kill(string signal, int pid) => Command.Run("/bin/kill", "-s", signal, $"{pid}").MustSucceed();

    private static char State(int pid) => Stat(pid)[0][0];

    // proc(5): state, parent, group, session, terminal, the terminal's foreground group.
    private static string[] Stat(int pid)
    {
        string text = File.ReadAllText($"/proc/{pid}/stat");
        return text[(text.LastIndexOf(')') + 2)..].Split(' ');
    }

    private static bool Foreground(int pid) => Stat(pid) is var stat && stat[2] == stat[5];

    private static bool IsPending(int pid, int signal)
    {
        string line = Array.Find(File.ReadAllLines($"/proc/{pid}/status"), l => l.StartsWith("ShdPnd:", StringComparison.Ordinal))!;
        return (Convert.ToUInt64(line[7..].Trim(), 16) & 1UL << (signal - 1)) != 0;
    }

    private bool IsRaw(TmuxSession person) =>
        Foreground(Runner()) && Command.Run("/bin/stty", "-F", $"/proc/{Runner()}/fd/0", "-a").Stdout.Contains(" -icanon", StringComparison.Ordinal);

    private int Runner() => int.Parse(Stat(_cctl.PidOf(_id))[1], System.Globalization.CultureInfo.InvariantCulture);

    private TmuxSession At(Bundle bundle) => new(
        ("CCTL", $"{Cctl.Executable} --root {_cctl.StateRoot}"),
        ("RUN", $"{Cctl.Executable} --root {_cctl.StateRoot} run --bundle {bundle.Path} {_id}"));
}
