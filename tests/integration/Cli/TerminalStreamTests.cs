using Integration.Tests.Harness;

namespace Integration.Tests.Cli;

/// <summary>A guest's terminal between streams that are none.</summary>
[HostOnly]
public sealed class TerminalStreamTests : IDisposable
{
    private readonly Cctl _cctl = new();

    [Fact]
    public void Lines_end_as_the_guest_writes_them_where_no_terminal_shows_them()
    {
        using Bundle bundle = Terminal("/bin/sh", "-c", "echo one; echo two");
        Assert.Equal("one\ntwo\n", _cctl.RunBundle(bundle).MustSucceed().Stdout);
        using var sleeper = new Bundle("/bin/sleep", "1000");
        string id = Cctl.NewId();
        _cctl.Run("run", "--detach", "--bundle", sleeper.Path, id).MustSucceed();
        Assert.Equal("one\ntwo\n", _cctl.Run("exec", "-t", id, "sh", "-c", "echo one; echo two").MustSucceed().Stdout);
        Assert.Equal("one\r\n", _cctl.Run("exec", "-t", id, "sh", "-c", "stty onlcr; echo one").MustSucceed().Stdout);
    }

    [Theory]
    [InlineData("", "/bin/sh")]
    [InlineData("echo l''ast=$((6*7))", "/bin/sh")]
    [InlineData("last=42", "/bin/cat")]
    [InlineData("last=42\n", "/bin/sh", "-c", "stty eof ^A; exec cat")]
    [InlineData("last=42\n", "/bin/sh", "-c", "sleep 1; stty -icanon; stty icanon; exec cat")]
    public void The_end_of_the_input_reaches_whatever_reads(string input, params string[] guest)
    {
        using Bundle bundle = Terminal(guest);
        CommandResult result = new Command(Cctl.Executable, "--root", _cctl.StateRoot, "run", "--bundle", bundle.Path, Cctl.NewId()) { Input = input }.Run().MustSucceed();
        Assert.Contains(input.Length > 0 ? "last=42" : "", result.Stdout, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_cctl.StateRoot));
    }

    [Fact]
    public void A_guest_that_does_not_read_goes_on_after_the_end_of_the_input()
    {
        using Bundle bundle = Terminal("/bin/sh", "-c", "sleep 2; echo late; read word || echo over");
        Assert.Equal("late\nover\n", _cctl.RunBundle(bundle).MustSucceed().Stdout);
    }

    [Theory]
    [InlineData("trap '' TERM; trap 'exit 6' HUP; read word; touch /up; while :; do sleep 0.05; done", 6)]
    [InlineData("read word; touch /up; while :; do sleep 0.05; done", 137)]
    [InlineData("trap 'exit 5' TERM; trap 'exit 6' HUP; read word; touch /up; while :; do sleep 0.05; done", 5)]
    public void SIGTERM_ends_a_guest_whose_input_has_ended(string script, int status)
    {
        using Bundle bundle = Terminal("/bin/sh", "-c", script);
        using RunningCommand run = _cctl.Command("run", "--bundle", bundle.Path, Cctl.NewId()).Start();
        run.CloseInput();
        Eventually.True(() => File.Exists(System.IO.Path.Combine(bundle.Rootfs, "up")), Place.Deadline(10), () => "it does not start");
        run.Signal(15);
        run.Wait(Place.Deadline(10)).MustExit(status);
        Assert.Empty(Directory.GetFileSystemEntries(_cctl.StateRoot));
    }

    [Fact]
    public void A_reader_that_does_not_read_keeps_no_signal_from_the_guest()
    {
        using Bundle bundle = Terminal("/bin/sh", "-c", "trap 'touch /ended; exit 4' TERM; yes & touch /up; wait; wait");
        using RunningCommand run = new Command("bash", "-c",
            $"mkfifo {bundle["out"]}; exec 3<>{bundle["out"]}; exec {Cctl.Executable} --root {_cctl.StateRoot} run --bundle {bundle.Path} {Cctl.NewId()} >&3 3>&-").Start();
        Eventually.True(() => File.Exists(System.IO.Path.Combine(bundle.Rootfs, "up")) && IsFull(bundle["out"]), Place.Deadline(10), () => "nothing is written");
        run.Signal(15);
        Eventually.True(() => File.Exists(System.IO.Path.Combine(bundle.Rootfs, "ended")), Place.Deadline(10), () => "SIGTERM does not arrive");
        Eventually.True(() => Ended(run), Place.Deadline(10), () => "what is left is waited for", everyMilliseconds: 200);
        run.Wait(Place.Deadline(10)).MustExit(4);
    }

    [Theory]
    [InlineData(15, "TERM", "trap '' TERM;")]
    [InlineData(2, "INT", "")]
    [InlineData(1, "HUP", "")]
    [InlineData(3, "QUIT", "trap '' QUIT;")]
    public void The_third_signal_ends_a_guest_that_disregards_it(int number, string name, string trap)
    {
        using Bundle bundle = Bundle.Script($"{trap} echo up; exec sleep 1000");
        using RunningCommand run = _cctl.Command("run", "--bundle", bundle.Path, Cctl.NewId()).Start();
        run.WaitForOutput("up", Place.Deadline(10));
        string message = $"the guest disregards SIG{name}: once more ends it with SIGKILL";
        run.Signal(number);
        Eventually.True(() => !IsPending(run.Pid, number), Place.Deadline(10), () => "the signal is not taken");
        run.Signal(number);
        Eventually.True(() => run.Stderr.Contains(message, StringComparison.Ordinal), Place.Deadline(10), () => $"no word on the second: {run.Stderr}");
        run.Signal(number);
        run.Wait(Place.Deadline(10)).MustExit(137);
        Assert.Empty(Directory.GetFileSystemEntries(_cctl.StateRoot));
    }

    [Fact]
    public void A_guest_that_answers_is_never_ended_and_the_second_SIGTERM_says_what_ends_it()
    {
        using Bundle bundle = Bundle.Script("trap 'n=$((n+1)); echo got $n' TERM; echo up; while :; do sleep 0.05; done");
        string id = Cctl.NewId();
        using RunningCommand run = _cctl.Command("run", "--bundle", bundle.Path, id).Start();
        run.WaitForOutput("up", Place.Deadline(10));
        for (int i = 1; i <= 4; i++)
        {
            run.Signal(15);
            run.WaitForOutput($"got {i}", Place.Deadline(10));
        }

        Assert.Contains($"the guest has been sent SIGTERM twice and goes on: kill -KILL {_cctl.PidOf(id)} ends it", run.Stderr, StringComparison.Ordinal);
        _cctl.Run("kill", id, "KILL").MustSucceed();
        run.Wait(Place.Deadline(10)).MustExit(137);
    }

    public void Dispose() => _cctl.Dispose();

    private static Bundle Terminal(params string[] arguments) => new Bundle(arguments).With(c => c.Process!.Terminal = true);

    // Once the guest has ended, a further signal is for cctl: what nobody reads is not waited for.
    private static bool Ended(RunningCommand run)
    {
        run.Signal(15);
        return run.HasExited;
    }

    private static bool IsPending(int pid, int signal)
    {
        string line = Array.Find(File.ReadAllLines($"/proc/{pid}/status"), l => l.StartsWith("ShdPnd:", StringComparison.Ordinal))!;
        return (Convert.ToUInt64(line[7..].Trim(), 16) & 1UL << (signal - 1)) != 0;
    }

    // A pipe that takes no more bytes is not ready to be written to.
    private static bool IsFull(string fifo) => File.Exists(fifo)
        && Command.Run("bash", "-c", $"exec 3<>{fifo}; ! timeout 0.2 dd if=/dev/zero of=/dev/fd/3 bs=4096 count=1 oflag=nonblock 2>/dev/null").ExitCode == 0;
}
