using Integration.Tests.Harness;

namespace Integration.Tests.Smoke;

/// <summary>The harness does what tests rely on, above all when they fail.</summary>
public sealed class HarnessTests
{
    [Fact]
    public void A_command_gets_its_input_and_nothing_of_the_runners_environment()
    {
        CommandResult result = new Command("sh", "-c", "cat; env; echo error >&2; exit 3") { Input = "typed\n", Environment = { ["GIVEN"] = "1" } }.Run();
        Assert.Equal(3, result.ExitCode);
        Assert.Equal("error\n", result.Stderr);
        Assert.StartsWith("typed\n", result.Stdout, StringComparison.Ordinal);
        Assert.Contains("GIVEN=1", result.Lines);
        Assert.DoesNotContain("DOTNET_", result.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public void A_signal_shows_as_128_and_its_number() => Command.Run("sh", "-c", "kill -9 $$").MustExit(137);

    [Fact]
    public void A_command_past_its_deadline_is_killed_with_its_descendants()
    {
        using RunningCommand running = new Command("sh", "-c", "sleep 1000 & echo $!; wait").Start();
        running.WaitForOutput("\n", Place.Deadline(10));
        string sleeper = running.Stdout.Trim();
        Assert.Throws<TimeoutException>(() => running.Wait(TimeSpan.FromMilliseconds(1)));
        Eventually.True(() => IsGone(sleeper), Place.Deadline(10), () => $"process {sleeper} is still there");
    }

    [Fact]
    public void Output_held_open_by_a_descendant_does_not_hold_up_the_result()
    {
        CommandResult result = Command.Run("sh", "-c", "sleep 1000 & echo $!");
        Mono.Unix.Native.Syscall.kill(int.Parse(result.Text, null), Mono.Unix.Native.Signum.SIGKILL);
        Assert.Equal(0, result.ExitCode);
    }

    [Fact]
    public void A_temporary_directory_goes_away_with_the_mounts_below_it_and_spares_what_links_point_at()
    {
        using var kept = new TempDir();
        kept.WriteFile("file", "kept");
        var directory = new TempDir();
        foreach (string mount in (string[])["a b", "a b/inner"])
        {
            Directory.CreateDirectory(directory[mount]);
            Command.Run("mount", "-t", "tmpfs", "test", directory[mount]).MustSucceed();
        }

        Directory.CreateSymbolicLink(directory["link"], kept.Path);
        Assert.Equal(2, directory.Mounts().Count);
        directory.Dispose();
        Assert.False(Directory.Exists(directory.Path));
        Assert.Equal("kept", File.ReadAllText(kept["file"]));
    }

    [Fact]
    public void A_bundle_runs_under_runc()
    {
        using var state = new TempDir();
        using Bundle bundle = Bundle.Script("hostname; id -u; exit 5").With(c => c.Linux!.CgroupsPath = "/cctl-harness-" + Guid.NewGuid().ToString("N"));
        CommandResult result = Command.Run("runc", "--root", state.Path, "run", "--bundle", bundle.Path, Cctl.NewId()).MustExit(5);
        Assert.Equal(["guest", "0"], result.Lines);
    }

    private static bool IsGone(string pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return true;
        }
    }
}
