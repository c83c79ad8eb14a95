using Integration.Tests.Harness;

namespace Integration.Tests.Cli;

/// <summary>Foreground guests with a terminal. script(1) gives cctl a terminal of its own, as a person's shell does.</summary>
public sealed class TerminalTests
{
    [Fact]
    public void The_guest_has_a_terminal_of_the_hosts_size_and_exit_status_goes_through()
    {
        using var cctl = new Cctl();
        using Bundle bundle = WithTerminal("stty size; tty; test -t 0 && test -t 1 && test -t 2; exit $?");

        // Its input stays open: script types Ctrl-D at its end, and a terminal that turns raw meanwhile hands that over as a NUL.
        using RunningCommand run = OnTerminal($"stty rows 33 cols 99; {Run(cctl, bundle)}; echo status=$?").Start();
        CommandResult result = run.Wait(Place.Deadline(10));
        Assert.Contains("33 99\r\n/dev/pts/0\r\n", result.Stdout, StringComparison.Ordinal);
        Assert.Contains("status=0", result.Stdout, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("create")]
    [InlineData("run", "--detach")]
    public void A_terminal_that_nobody_would_hold_is_refused(params string[] command)
    {
        using var cctl = new Cctl();
        using Bundle bundle = WithTerminal("true");
        CommandResult result = cctl.Run([.. command, "--bundle", bundle.Path, Cctl.NewId()]).MustExit(1);
        Assert.Contains("/process/terminal: true: a detached container has nobody to hold its terminal: pass --console-socket SOCKET or set it to false", result.Stderr, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(cctl.StateRoot));
    }

    [Fact]
    public void A_console_socket_without_a_terminal_is_refused()
    {
        using var cctl = new Cctl();
        using var bundle = new Bundle("/bin/true");
        CommandResult result = cctl.Run("run", "--console-socket", bundle["socket"], "--bundle", bundle.Path, Cctl.NewId()).MustExit(1);
        Assert.Contains("/process/terminal is false, so there is no terminal to send", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void A_change_of_size_reaches_the_guest()
    {
        using var cctl = new Cctl();
        using Bundle bundle = WithTerminal("trap 'stty size; exit 6' WINCH; echo up; while :; do sleep 0.05; done");
        using RunningCommand run = OnTerminal($"stty rows 24 cols 80; (while ! [ -e '{bundle["go"]}' ]; do sleep 0.05; done; stty rows 11 cols 22 </dev/tty) & {Run(cctl, bundle)}; echo status=$?").Start();
        run.WaitForOutput("up", Place.Deadline(10));
        File.WriteAllText(bundle["go"], "");
        run.WaitForOutput("status=6", Place.Deadline(10));
        Assert.Contains("11 22", run.Stdout, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exit 0", "")]
    [InlineData("exec sleep 1000", "KILL")]
    public void The_terminal_is_as_before_after_the_guest_however_that_ends(string script, string signal)
    {
        using var cctl = new Cctl();
        using Bundle bundle = WithTerminal("stty raw -echo; echo up; " + script);
        string id = Cctl.NewId();
        using RunningCommand run = OnTerminal($"stty -a >'{bundle["before"]}'; {Run(cctl, bundle, id)}; stty -a >'{bundle["after"]}'; echo over").Start();
        run.WaitForOutput("up", Place.Deadline(10));
        if (signal.Length > 0)
        {
            cctl.Run("kill", id, signal).MustSucceed();
        }

        run.WaitForOutput("over", Place.Deadline(10));
        Assert.Equal(File.ReadAllText(bundle["before"]), File.ReadAllText(bundle["after"]));
    }

    [Fact]
    public void Ctrl_C_is_the_guests_to_answer()
    {
        using var cctl = new Cctl();
        using Bundle bundle = WithTerminal("trap 'echo interrupted; exit 5' INT; echo up; while :; do sleep 0.05; done");
        using RunningCommand run = OnTerminal($"{Run(cctl, bundle)}; echo status=$?").Start();
        run.WaitForOutput("up", Place.Deadline(10));
        run.Write("\u0003");
        run.WaitForOutput("status=5", Place.Deadline(10));
        Assert.Contains("interrupted", run.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public void A_megabyte_of_output_arrives_whole_before_the_end()
    {
        using var cctl = new Cctl();
        using Bundle bundle = WithTerminal("stty raw; yes 0123456789abcde | head -c 1048576; echo; echo end");

        // Its input stays open: the Ctrl-D that stands for its end would be echoed between the lines.
        using RunningCommand run = cctl.Command("run", "--bundle", bundle.Path, Cctl.NewId()).Start();
        CommandResult result = run.Wait(Place.Deadline(20)).MustSucceed();
        Assert.Equal(1048576 / 16, result.Stdout.Split('\n').Count(l => l.TrimEnd('\r') == "0123456789abcde"));
        Assert.EndsWith("end", result.Stdout.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_end_of_a_piped_input_ends_a_shell_on_a_terminal()
    {
        using var cctl = new Cctl();
        using Bundle bundle = WithTerminal("stty -echo; exec cat");
        CommandResult result = new Command(Cctl.Executable, "--root", cctl.StateRoot, "run", "--bundle", bundle.Path, Cctl.NewId()) { Input = "hello\n" }.Run().MustSucceed();
        Assert.Contains("hello", result.Stdout, StringComparison.Ordinal);
    }

    private static Bundle WithTerminal(string script) => Bundle.Script(script).With(c => c.Process!.Terminal = true);

    private static string Run(Cctl cctl, Bundle bundle, string? id = null) =>
        $"'{Cctl.Executable}' --root '{cctl.StateRoot}' run --bundle '{bundle.Path}' {id ?? Cctl.NewId()}";

    private static Command OnTerminal(string shellCommand) => new("/usr/bin/script", "-qec", shellCommand, "/dev/null");
}
