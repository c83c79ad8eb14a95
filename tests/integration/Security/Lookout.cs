using System.Globalization;
using Integration.Tests.Harness;
using Mono.Unix.Native;

namespace Integration.Tests.Security;

/// <summary>
/// A guest that looks at every other process of its pid namespace (descriptors, environment, command line, working
/// directory, root, memory) until it is told to stop: see look.c.
/// </summary>
internal sealed class Lookout : IDisposable
{
    private readonly Bundle _bundle;
    private readonly RunningCommand _guest;

    private Lookout(Bundle bundle, string id, RunningCommand guest) => (_bundle, Id, _guest) = (bundle, id, guest);

    /// <summary>Its container, which `exec` can enter.</summary>
    public string Id { get; }

    /// <summary>Its first process on the host.</summary>
    public int Pid { get; private set; }

    /// <summary>Its root on the host.</summary>
    public string Root => _bundle.Rootfs;

    /// <summary>
    /// Starts it. <paramref name="texts"/> are what it looks for: where (letters: e environment, c command line, m memory,
    /// x a file of the host to reach), a name for it, the text.
    /// </summary>
    public static Lookout Start(Attack attack, Bundle bundle, params (string Where, string Name, string Text)[] texts)
    {
        ProgramFiles.Copy(Path.Combine(AppContext.BaseDirectory, "look"), Path.Combine(bundle.Rootfs, "look"));
        File.WriteAllLines(Path.Combine(bundle.Rootfs, "look.txt"), [.. texts.Select(t => $"{t.Where}\t{t.Name}\t{t.Text}"), $"x\thost\t{attack.SecretFile}"]);
        string id = Cctl.NewId();
        var lookout = new Lookout(bundle, id, attack.Cctl.Command("run", "--bundle", bundle.Path, id).Start());
        lookout._guest.WaitForOutput("looking", Place.Deadline(10));
        lookout.Pid = attack.Cctl.PidOf(id);
        return lookout;
    }

    /// <summary>A guest with CAP_SYS_PTRACE that does it.</summary>
    public static Bundle Guest(Attack attack) => attack.Program(["/look"], "CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH");

    /// <summary>Ends it after one more round, and gives its findings.</summary>
    public Findings Stop()
    {
        File.WriteAllText(Path.Combine(_bundle.Rootfs, "look.stop"), "");
        string[] lines = _guest.Wait(Place.Deadline(20)).MustSucceed().Lines;
        int[] counts = [.. lines[^1].Split(' ')[1..].Select(n => int.Parse(n, CultureInfo.InvariantCulture))];
        return new Findings(lines[1..^1], counts[0], counts[1], counts[2], counts[3]);
    }

    /// <summary>A directory as the guest names it: device and inode.</summary>
    public static string Identity(string path)
    {
        Assert.Equal(0, Syscall.stat(path, out Stat stat));
        return $"{stat.st_dev}:{stat.st_ino}";
    }

    public void Dispose() => _guest.Dispose();

    /// <summary>What was found, and of how many processes there was something to see.</summary>
    internal sealed record Findings(string[] Lines, int Processes, int Environments, int DescriptorLists, int Memories)
    {
        /// <summary>Asserts that nothing of these kinds was found: fd, escape, environ, cmdline, mem, maps.</summary>
        public void AssertNo(params string[] kinds)
        {
            string[] found = [.. Lines.Where(l => kinds.Contains(l.Split(' ')[0]))];
            Assert.True(found.Length == 0, "found in another process:\n" + string.Join('\n', found));
        }

        /// <summary>Asserts that every working directory and root that was seen is one of these.</summary>
        public void AssertPlaces(params string[] roots)
        {
            string[] allowed = [.. roots.Select(Identity)];
            string[] found = [.. Lines.Where(l => l.Split(' ') is ["cwd" or "root", string place] && !allowed.Contains(place))];
            Assert.True(found.Length == 0, "another process has:\n" + string.Join('\n', found));
        }
    }
}
