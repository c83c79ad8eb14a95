using System.Globalization;
using System.Text.RegularExpressions;
using Integration.Tests.Harness;

namespace Integration.Tests.Reliability;

/// <summary>Kills cctl at the Nth system call of a command, for one N after the other, and looks at what that leaves.</summary>
/// <param name="cctl">The runtime.</param>
/// <param name="bundle">The container's bundle.</param>
/// <param name="within">A command before the one that is killed, which enters a namespace.</param>
internal sealed partial class KillPoint(Cctl cctl, Bundle bundle, params string[] within) : IDisposable
{
    // Before a directory of the container exists a kill can leave nothing: those calls are the start of .NET, and looked at in steps.
    private const int StepBefore = 16;

    // Emulation is slow: the virtual machine takes a sample.
    private static readonly int s_step = Place.IsVm ? 41 : 1;

    private static readonly string s_killAt = Path.Combine(AppContext.BaseDirectory, "kill-at");

    /// <summary>The container's id, the same for every kill: each next command proves that the last one left nothing in the way.</summary>
    public string Id { get; } = Cctl.NewId();

    /// <summary>How often it was killed.</summary>
    public int Kills { get; private set; }

    /// <summary>
    /// Runs <paramref name="command"/> again and again, killed at one call after the other until it finishes unharmed.
    /// With <paramref name="every"/> above 1 only each of that many calls is taken, another one in each run of the tests.
    /// Before each time <paramref name="prepare"/> runs, after each time the promises are checked and the container is deleted.
    /// </summary>
    public void Every(string who, int every, Action prepare, params string[] command)
    {
        bool started = who != "runtime";
        int step = started ? s_step * every : StepBefore;
        for (int n = 1 + Random.Shared.Next(every); ; n += step)
        {
            prepare();
            CommandResult result = Kill(who, n, command);
            string when = $"{string.Join(' ', command)}, {who} killed at call {n}: {result.Stderr.Trim()}";
            Assert.True(result.ExitCode is 0 or 3 or 4, when);
            if (result.ExitCode != 0)
            {
                Assert.True(result.ExitCode == 3, $"not killed, and it failed: {when}");
                if (started)
                {
                    CheckAndDelete(when);
                    return;
                }
            }

            bool exists = Directory.Exists(Path.Combine(cctl.StateRoot, Id));
            if (result.ExitCode == 0)
            {
                Kills++;
            }

            CheckAndDelete(when);
            if (!started && (exists || result.ExitCode == 3))
            {
                // From one step before this on, call by call.
                started = true;
                n = Math.Max(0, n - StepBefore);
                step = s_step * every;
            }
        }
    }

    public void Dispose() => cctl.Run("delete", "--force", Id);

    // The guest would hold the pipes of the test open: what is written goes to a file.
    private CommandResult Kill(string who, int n, string[] command)
    {
        string output = bundle["output"];
        CommandResult result = new Command("/bin/sh", ["-c", "exec \"$@\" </dev/null >" + output + " 2>&1", "sh", .. within, s_killAt, who, n.ToString(CultureInfo.InvariantCulture), Cctl.Executable, "--root", cctl.StateRoot, .. command, Id]).Run();
        return result with { Stderr = File.ReadAllText(output) };
    }

    private void CheckAndDelete(string when)
    {
        string? status = Settled(when);
        if (status is "created" or "running")
        {
            // A guest may end between the two looks.
            Assert.True(Leftovers.Processes(Id).Count > 0 || Status(when) is "stopped" or null, $"{when}: {status}, and no process is there");
        }
        else
        {
            Eventually.True(() => Leftovers.Processes(Id).Count == 0, Place.Deadline(15), () => $"{when}: {status ?? "not there"}, and process {string.Join(' ', Leftovers.Processes(Id))} is");
        }

        if (Kills % 8 == 0)
        {
            CommandResult list = cctl.Run("list", "--quiet").MustSucceed();
            Assert.True(list.Lines.Contains(Id) == (status is not null), $"{when}: state says {status ?? "not there"}, list says\n{list.Stdout}");
        }

        CommandResult deleted = cctl.Run("delete", "--force", Id);
        Assert.True(deleted.ExitCode == 0, $"{when}: delete --force: {deleted.Stderr}");
        Leftovers.AssertNone(cctl.StateRoot, Id, bundle.Path, when);
    }

    // A child that was being set up dies with the runtime, but not in the same instant.
    private string? Settled(string when)
    {
        string? status = Status(when);
        Eventually.True(() => status != "creating" || (status = Status(when)) != "creating", Place.Deadline(15), () => $"{when}: still said to be creating");
        return status;
    }

    private string? Status(string when)
    {
        CommandResult state = cctl.Run("state", Id);
        if (state.ExitCode != 0)
        {
            Assert.True(state.Stderr.Contains("does not exist", StringComparison.Ordinal), $"{when}: {state.Stderr}");
            return null;
        }

        string status = StatusProperty().Match(state.Stdout).Groups[1].Value;
        Assert.True(status is "creating" or "created" or "running" or "stopped", $"{when}: {state.Stdout}");
        return status;
    }

    [GeneratedRegex("\"status\": *\"(\\w+)\"")]
    private static partial Regex StatusProperty();
}
