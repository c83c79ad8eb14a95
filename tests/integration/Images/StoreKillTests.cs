using System.Globalization;
using Integration.Tests.Harness;
using Integration.Tests.Images.Registry;

namespace Integration.Tests.Images;

/// <summary>SIGKILL at every call that changes the store: nothing acknowledged is lost, nothing half is named, and the next command works.</summary>
[HostOnly]
public sealed class StoreKillTests : IDisposable
{
    private const string Calls = "mkdirat,renameat2,unlinkat,flock,fsync,syncfs";

    private static readonly int[] s_samples = [1, 4, 9];

    private readonly ImageStoreFixture _store = new();
    private readonly string[] _content;

    public StoreKillTests()
    {
        foreach (string name in (string[])["kept", "killed"])
        {
            _store.Directory.WriteFile($"{name}/directory/file", name);
            Command.Run("tar", "-C", _store.Directory[name], "-cf", _store.Directory[name + ".tar"], ".").MustSucceed();
        }

        _store.Run("import", _store.Directory["kept.tar"], "kept").MustSucceed();
        _content = _store.Content();
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

            AssertNothingIsLeft();
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
            _store.Run("rmi", "--force", "killed").MustSucceed();
            AssertNothingIsLeft();
            _store.Run("import", _store.Directory["killed.tar"], "killed").MustSucceed();
            Assert.Equal("killed", File.ReadAllText(_store.FilesOf("killed") + "/directory/file"));
        });
        Assert.True(kills > 5, $"{kills} kills");
    }

    [Fact]
    public void A_pull_that_is_killed_is_gone_on_with_and_leaves_nothing_half()
    {
        using var registry = new DockerRegistry();
        using var image = new TestImage(300_000, 200_000);
        string name = image.CopyTo(registry, "killed:1");
        int kills = 0;
        var done = new HashSet<string>();
        foreach ((string call, int n) in s_samples.SelectMany(n => Calls.Split(',').Append("write").Select(c => (c, n))))
        {
            if (done.Contains(call))
            {
                continue;
            }

            CommandResult result = Kill(call, n, "pull", "--store", _store.Store, name);

            // Who loses only its network process says so, in one line.
            Assert.True(result.ExitCode is 0 or 1 or 137, $"{call} {n}: {result.Stderr}");
            if (result.ExitCode == 0)
            {
                done.Add(call); // It has fewer of them.
                _store.Run("rmi", name).MustSucceed();
                continue;
            }

            kills++;
            CommandResult again = _store.Run("pull", name);
            Assert.True(again.ExitCode == 0, $"{call} {n}: {again.Stderr}");
            Assert.Empty(Directory.GetFileSystemEntries(_store.Store + "/tmp"));
            Assert.Empty(Directory.GetFileSystemEntries(_store.Store + "/ingest"));
            Assert.Equal("3 layers, 0 damaged\n", _store.Run("system", "check").MustSucceed().Stdout);
            _store.Run("rmi", name).MustSucceed();
            Assert.Equal(_content, _store.Content());
        }

        Assert.True(kills > 10, $"{kills} kills");
    }

    // Counted by call and thread, as strace(1) does it: N stands for the Nth of each.
    private int Every(Func<string[]> command, Action then)
    {
        int kills = 0;
        foreach (string call in Calls.Split(','))
        {
            for (int n = 1; n < 100; n++)
            {
                CommandResult result = Kill(call, n, command());
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

    private static CommandResult Kill(string call, int n, params string[] command)
    {
        string inject = string.Create(CultureInfo.InvariantCulture, $"inject={call}:signal=KILL:when={n}");
        return new Command("strace", ["-f", "-qqq", "-o", "/dev/null", "-e", "trace=" + call, "-e", inject, Cctl.Executable, .. command]).Run();
    }

    private void AssertNothingIsLeft()
    {
        _store.Run("system", "prune", "--force").MustSucceed();
        Assert.Equal(_content, _store.Content());
    }
}
