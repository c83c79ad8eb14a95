using Integration.Tests.Harness;

namespace Integration.Tests.Cli;

public sealed class ForegroundTests
{
    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("exit 255", 255)]
    public void The_exit_status_is_the_guests(string script, int status)
    {
        using var cctl = new Cctl();
        using Bundle bundle = Bundle.Script(script);
        cctl.RunBundle(bundle).MustExit(status);
        Assert.Empty(Directory.GetFileSystemEntries(cctl.StateRoot));
    }

    [Fact]
    public void A_guest_that_a_signal_ended_gives_128_and_the_signal()
    {
        using var cctl = new Cctl();
        using Bundle bundle = Bundle.Script("echo up; exec sleep 1000");
        string id = Cctl.NewId();
        using RunningCommand run = cctl.Command("run", "--bundle", bundle.Path, id).Start();
        run.WaitForOutput("up", Place.Deadline(10));
        cctl.Run("kill", id, "KILL").MustSucceed();
        run.Wait(Place.Deadline(10)).MustExit(128 + 9);
        Assert.Empty(Directory.GetFileSystemEntries(cctl.StateRoot));
    }

    [Theory]
    [InlineData(1, "HUP")]
    [InlineData(2, "INT")]
    [InlineData(10, "USR1")]
    [InlineData(15, "TERM")]
    [InlineData(28, "WINCH")]
    [InlineData(40, "40")]
    public void Signals_are_passed_on_to_the_guest(int number, string name)
    {
        using var cctl = new Cctl();
        using Bundle bundle = Bundle.Script($"trap 'echo got; exit 9' {name}; echo up; while :; do sleep 0.05; done");
        using RunningCommand run = cctl.Command("run", "--bundle", bundle.Path, Cctl.NewId()).Start();
        run.WaitForOutput("up", Place.Deadline(10));
        Command.Run("/bin/bash", "-c", $"kill -{number} {run.Pid}").MustSucceed(); // Real-time signals, too.
        CommandResult result = run.Wait(Place.Deadline(10)).MustExit(9);
        Assert.EndsWith("got\n", result.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public void Output_and_input_go_through_untouched_without_a_terminal()
    {
        using var cctl = new Cctl();
        using Bundle bundle = Bundle.Script("cat; echo error >&2");
        CommandResult result = new Command(Cctl.Executable, "--root", cctl.StateRoot, "run", "--bundle", bundle.Path, Cctl.NewId()) { Input = "a\r\n\u0003b" }.Run().MustSucceed();
        Assert.Equal("a\r\n\u0003b", result.Stdout);
        Assert.Equal("error\n", result.Stderr);
    }

    [Fact]
    public void A_guest_that_was_kept_is_stopped_and_can_be_deleted()
    {
        using var cctl = new Cctl();
        using Bundle bundle = Bundle.Script("exit 3");
        string id = Cctl.NewId();
        cctl.Run("run", "--keep", "--bundle", bundle.Path, id).MustExit(3);
        Assert.Contains("\"stopped\"", cctl.Run("state", id).MustSucceed().Stdout, StringComparison.Ordinal);
        cctl.Run("delete", id).MustSucceed();
    }

    [Theory]
    [InlineData]
    [InlineData("--keep")]
    public void A_detached_guest_stays_after_its_end_until_it_is_deleted(params string[] keep)
    {
        using var cctl = new Cctl();
        using Bundle bundle = Bundle.Script("exit 3");
        string id = Cctl.NewId();
        cctl.Run(["run", "--detach", .. keep, "--bundle", bundle.Path, id]).MustSucceed();
        Eventually.True(() => cctl.Run("state", id).MustSucceed().Stdout.Contains("\"stopped\"", StringComparison.Ordinal), Place.Deadline(10), () => cctl.Run("state", id).Stdout);
        Assert.Equal(id, cctl.Run("list", "--quiet").MustSucceed().Text);
        Assert.Contains("in use", cctl.Run("create", "--bundle", bundle.Path, id).MustExit(1).Stderr, StringComparison.Ordinal);
        cctl.Run("delete", id).MustSucceed();
        Assert.Contains("does not exist", cctl.Run("state", id).MustExit(1).Stderr, StringComparison.Ordinal);
        Leftovers.AssertNone(cctl.StateRoot, id, bundle.Path, "deleted");
    }

    [Fact]
    public void A_bundle_in_the_working_directory_needs_no_option()
    {
        using var cctl = new Cctl();
        using Bundle bundle = Bundle.Script("exit 4");
        new Command(Cctl.Executable, "--root", cctl.StateRoot, "run", Cctl.NewId()) { Directory = bundle.Path }.Run().MustExit(4);
        using var empty = new TempDir();
        Directory.CreateSymbolicLink(empty["busybox"], bundle.Path);
        CommandResult without = new Command(Cctl.Executable, "--root", cctl.StateRoot, "--store", empty["store"], "run", "busybox") { Directory = empty.Path }.Run().MustExit(125);
        Assert.Contains("run busybox: no such image here, and the directory is a bundle: cctl run --bundle busybox ID", without.Stderr, StringComparison.Ordinal);
    }
}
