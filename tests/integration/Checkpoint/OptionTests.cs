using Integration.Tests.Harness;

namespace Integration.Tests.Checkpoint;

/// <summary>What needs no criu: options, and what is said where there is none.</summary>
public sealed class OptionTests
{
    [Fact]
    public void Podmans_probes_are_answered()
    {
        Command.Run(Cctl.Executable, "checkpoint", "--help").MustSucceed();
        Assert.Contains("flag needs an argument: --lsm-mount-context", Command.Run(Cctl.Executable, "restore", "--lsm-mount-context").MustExit(1).Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--page-server nowhere: not ADDRESS:PORT", "checkpoint", "--page-server", "nowhere")]
    [InlineData("--manage-cgroups-mode some: not one of", "restore", "-no-subreaper", "-manage-cgroups-mode", "some")]
    [InlineData("--empty-ns uts: criu can leave only network empty", "restore", "--empty-ns", "network", "--empty-ns", "uts")]
    [InlineData("does not exist", "checkpoint", "--tcp-established", "--ext-unix-sk", "--file-locks", "--shell-job", "--work-path", "/x", "--image-path", "/x")]
    public void Options_are_taken_and_wrong_ones_refused(string message, params string[] words)
    {
        using var cctl = new Cctl();
        Assert.Contains(message, cctl.Run([.. words, "nobody"]).MustExit(1).Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_criu_is_missing_the_message_says_so_and_the_guest_goes_on()
    {
        using var cctl = new Cctl();
        using Bundle bundle = Bundle.Script("sleep 1000");
        using var folder = new TempDir();
        string id = Cctl.NewId();
        Command.Run("/bin/sh", "-c", $"{Cctl.Executable} --root {cctl.StateRoot} run --detach --bundle {bundle.Path} {id} </dev/null >/dev/null 2>&1").MustSucceed();
        var checkpoint = new Command(Cctl.Executable, "--root", cctl.StateRoot, "checkpoint", "--image-path", folder["images"], id)
        {
            Environment = new() { ["PATH"] = "/nowhere" },
        };
        Assert.Contains("need the criu program, which is not in PATH", checkpoint.Run().MustExit(1).Stderr, StringComparison.Ordinal);
        Assert.Contains("\"running\"", cctl.Run("state", id).MustSucceed().Stdout, StringComparison.Ordinal);
        Assert.Contains("cannot checkpoint container", cctl.Run("checkpoint", Stopped(cctl, id)).MustExit(1).Stderr, StringComparison.Ordinal);
    }

    private static string Stopped(Cctl cctl, string id)
    {
        cctl.Run("kill", id, "KILL").MustSucceed();
        Eventually.True(() => cctl.Run("state", id).Stdout.Contains("\"stopped\"", StringComparison.Ordinal), Place.Deadline(5), () => "it does not end");
        return id;
    }
}
