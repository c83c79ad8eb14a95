using Integration.Tests.Harness;

namespace Integration.Tests.Checkpoint;

/// <summary>A restored guest with a terminal is typed to, signalled and resized as one that `run` has started.</summary>
[VmOnly]
public sealed class RestoredForegroundTests
{
    private const string Guest = """
        trap 'echo interrupted' INT; trap 'echo size $(stty size)' WINCH; trap 'echo asked to end; exit 7' TERM
        echo up; while :; do read line && echo got $line; done
        """;

    [Fact]
    public void In_the_foreground_keys_size_and_signals_reach_it()
    {
        using CheckpointFixture test = new(Bundle.Script(Guest).With(c => c.Process!.Terminal = true));
        string folder = test.Folder.Path;
        string common = $"'{Cctl.Executable}' --root '{test.Cctl.StateRoot}'";
        using (RunningCommand first = OnTerminal($"{common} run --bundle {test.Bundle.Path} {test.Id}").Start())
        {
            first.WaitForOutput("up", Place.Deadline(10));
            first.Write("one\n");
            first.WaitForOutput("got one", Place.Deadline(10));
            test.Checkpoint("images", "--shell-job").MustSucceed();
            first.Wait(Place.Deadline(10)).MustExit(137);
        }

        string restore = $"{common} restore --shell-job --bundle {test.Bundle.Path} --image-path {test.Folder["images"]} {test.Id}";
        using RunningCommand second = OnTerminal(
            $"cd {folder}; stty rows 24 cols 80; tty >tty; stty -g >before; sh -c 'echo $$ >pid; exec \"$@\"' sh {restore}; echo status=$?; stty -g >after; echo a''ll").Start();
        // Not before it is raw: what is typed earlier the host's terminal would echo and keep.
        Eventually.True(() => IsRaw(folder), Place.Deadline(20), () => $"never raw:\n{second.Stdout}");
        second.Write("two\n");
        second.WaitForOutput("got two", Place.Deadline(10));
        second.Write("\u0003");
        second.WaitForOutput("interrupted", Place.Deadline(10));
        Command.Run("stty", "-F", Read(folder, "tty"), "rows", "33", "cols", "77").MustSucceed();
        second.WaitForOutput("size 33 77", Place.Deadline(10));
        second.Write("three\n");
        second.WaitForOutput("got three", Place.Deadline(10));
        Command.Run("kill", "-TERM", Read(folder, "pid")).MustSucceed();
        second.WaitForOutput("asked to end", Place.Deadline(10));
        second.WaitForOutput("status=7", Place.Deadline(10));
        second.WaitForOutput("all", Place.Deadline(10));
        Assert.Equal(Read(folder, "before"), Read(folder, "after"));
        Leftovers.AssertNone(test.Cctl.StateRoot, test.Id, test.Bundle.Path, "after the end");
    }

    [Fact]
    public void A_console_socket_gets_a_terminal_whose_keys_and_signals_reach_it()
    {
        using CheckpointFixture test = new(Bundle.Script(Guest).With(c => c.Process!.Terminal = true));
        using (var first = new ConsoleListener(test.Folder["1.sock"]))
        {
            test.Shell($"$CCTL run --detach --console-socket {test.Folder["1.sock"]} --bundle {test.Bundle.Path} {test.Id} </dev/null").MustSucceed();
            first.Accept();
            first.Expect("one", "got one");
            test.Checkpoint("images").MustSucceed();
        }

        using var second = new ConsoleListener(test.Folder["2.sock"]);
        test.Restore("images", $"--console-socket {test.Folder["2.sock"]}").MustSucceed();
        second.Accept();
        second.Expect("two", "got two");
        second.Expect("\u0003", "interrupted");
        test.Cctl.Run("exec", test.Id, "stty", "-F", "/dev/pts/0", "rows", "33", "cols", "77").MustSucceed();
        second.ReadTo("size 33 77");
        test.Cctl.Run("kill", test.Id, "TERM").MustSucceed();
        second.ReadTo("asked to end");
        Eventually.True(() => test.State("status") == "stopped", Place.Deadline(10), () => "it does not end");
    }

    private static Command OnTerminal(string shellCommand) => new("/usr/bin/script", "-qec", shellCommand, "/dev/null");

    private static bool IsRaw(string folder) =>
        File.Exists(Path.Combine(folder, "tty")) && Read(folder, "tty") is { Length: > 0 } tty
        && Command.Run("stty", "-F", tty, "-a").Stdout.Contains("-icanon", StringComparison.Ordinal);

    private static string Read(string folder, string name) => File.ReadAllText(Path.Combine(folder, name)).TrimEnd('\n');
}
