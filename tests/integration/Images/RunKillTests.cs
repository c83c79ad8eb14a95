using System.Globalization;
using Integration.Tests.Harness;

namespace Integration.Tests.Images;

/// <summary>A run of an image that is killed at one of its system calls: what is left is listed, and goes with rm.</summary>
[HostOnly]
public sealed class RunKillTests : IDisposable
{
    private const int Step = 19;
    private const int Killed = 0;
    private const int Finished = 3;

    private static readonly string s_killAt = Path.Combine(AppContext.BaseDirectory, "kill-at");

    private readonly ImageStoreFixture _store = new();
    private readonly Cctl _cctl = new();

    public RunKillTests() => BuiltImage.Load(_store, "app:1", """{"Cmd": ["true"]}""", BuiltImage.Busybox(_store.Directory));

    public void Dispose()
    {
        _cctl.Dispose();
        _store.Dispose();
    }

    [Fact]
    public void A_run_that_is_killed_leaves_nothing_that_rm_does_not_take()
    {
        int kills = 0;
        for (int n = 1 + Random.Shared.Next(Step); ; n += Step)
        {
            string number = n.ToString(CultureInfo.InvariantCulture);
            string output = _store.Directory["output"];
            CommandResult result = new Command("/bin/sh", "-c", "exec \"$@\" </dev/null >\"$0\" 2>&1", output, s_killAt, "runtime", number, Harness.Cctl.Executable, "--root", _cctl.StateRoot, "--store", _store.Store, "run", "--rm", "--name", "killed", "app:1") { Timeout = Place.Deadline(30) }.Run();
            Assert.True(result.ExitCode is Killed or Finished, $"call {n}: {result.ExitCode}: {File.ReadAllText(output)}");
            foreach (string id in Cctl("ps", "-aq").MustSucceed().Lines)
            {
                Cctl("rm", "--force", id).MustSucceed();
            }

            // Where the directory had not got its name yet, it is garbage, which whoever removes something takes along.
            Cctl("run", "--rm", "--name", "killed", "app:1").MustSucceed();
            AssertNothingLeft($"call {n}");
            if (result.ExitCode == Finished)
            {
                break;
            }

            kills++;
        }

        Assert.True(kills > 20, $"{kills} kills");
        Assert.Contains("1 layers, 0 damaged", Cctl("system", "check").MustSucceed().Stdout, StringComparison.Ordinal);
    }

    private CommandResult Cctl(params string[] words) => new Command(Harness.Cctl.Executable, ["--root", _cctl.StateRoot, "--store", _store.Store, .. words]).Run();

    private void AssertNothingLeft(string when)
    {
        Assert.True(Directory.GetFileSystemEntries(_cctl.StateRoot).Length == 0, $"{when}: {string.Join(' ', Directory.GetFileSystemEntries(_cctl.StateRoot))}");
        foreach (string directory in (string[])["containers", "names", "ids", "tmp"])
        {
            string path = Path.Combine(_store.Store, directory);
            Assert.True(!Directory.Exists(path) || Directory.GetFileSystemEntries(path).Length == 0, $"{when}: {directory}: {(Directory.Exists(path) ? string.Join(' ', Directory.GetFileSystemEntries(path)) : "")}");
        }
    }
}
