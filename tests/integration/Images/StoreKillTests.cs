using System.Globalization;
using Integration.Tests.Harness;

namespace Integration.Tests.Images;

/// <summary>SIGKILL at every call that changes the store: nothing acknowledged is lost, nothing half is named, and the next command works.</summary>
[HostOnly]
public sealed class StoreKillTests : IDisposable
{
    private const string Calls = "mkdirat,renameat2,unlinkat,flock,fsync,syncfs";

    private readonly ImageStoreFixture _store = new();

    public StoreKillTests()
    {
        foreach (string name in (string[])["kept", "killed"])
        {
            _store.Directory.WriteFile($"{name}/directory/file", name);
            Command.Run("tar", "-C", _store.Directory[name], "-cf", _store.Directory[name + ".tar"], ".").MustSucceed();
        }

        _store.Run("import", _store.Directory["kept.tar"], "kept").MustSucceed();
    }

    public void Dispose() => _store.Dispose();

    [Fact]
    public void An_import_that_is_killed_leaves_nothing_half()
    {
        int kills = Every(() => ["import", "--store", _store.Store, _store.Directory["killed.tar"], "killed"], () =>
        {
            if (_store.Run("images", "-q", "killed").MustSucceed().Lines.Length > 0)
            {
                Assert.Equal("killed", File.ReadAllText(_store.FilesOf("killed") + "/directory/file"));
                _store.Run("rmi", "killed").MustSucceed();
            }
        });
        Assert.True(kills > 15, $"{kills} kills");
        _store.Run("import", _store.Directory["killed.tar"], "killed").MustSucceed();
        Assert.Empty(Directory.GetFileSystemEntries(_store.Store + "/tmp"));
        Assert.All(Directory.GetFiles(_store.Store + "/refs", "*", SearchOption.AllDirectories), f => Assert.StartsWith(":", Path.GetFileName(f), StringComparison.Ordinal));
    }

    [Fact]
    public void A_removal_that_is_killed_is_done_or_not_and_can_be_done_again()
    {
        _store.Run("import", _store.Directory["killed.tar"], "killed").MustSucceed();
        int kills = Every(() => ["rmi", "--store", _store.Store, "killed"], () =>
        {
            _store.Run("system", "prune", "--force").MustSucceed();
            _store.Run("import", _store.Directory["killed.tar"], "killed").MustSucceed();
            Assert.Equal("killed", File.ReadAllText(_store.FilesOf("killed") + "/directory/file"));
        });
        Assert.True(kills > 5, $"{kills} kills");
    }

    // Counted by call and thread, as strace(1) does it: N stands for the Nth of each.
    private int Every(Func<string[]> command, Action then)
    {
        int kills = 0;
        foreach (string call in Calls.Split(','))
        {
            for (int n = 1; n < 100; n++)
            {
                string inject = string.Create(CultureInfo.InvariantCulture, $"inject={call}:signal=KILL:when={n}");
                CommandResult result = new Command("strace", ["-f", "-qqq", "-o", "/dev/null", "-e", "trace=" + call, "-e", inject, Cctl.Executable, .. command()]).Run();
                string when = $"{call} {n}: {result.Stderr}";
                Assert.True(result.ExitCode is 0 or 137, when);
                Assert.Equal("kept", File.ReadAllText(_store.FilesOf("kept") + "/directory/file"));
                Assert.Contains(", 0 damaged", _store.Run("system", "check").MustSucceed().Stdout, StringComparison.Ordinal);
                then();
                if (result.ExitCode == 0)
                {
                    break;
                }

                kills++;
            }
        }

        return kills;
    }
}
