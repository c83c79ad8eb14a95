using System.Globalization;
using System.Text;
using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Reliability;

/// <summary>Configs that nobody would write: whatever they say, cctl launches or refuses in one line, and leaves nothing.</summary>
public sealed class HostileConfigTests : IDisposable
{
    private static readonly int s_seed = Environment.GetEnvironmentVariable("CCTL_TEST_SEED") is { Length: > 0 } seed ? int.Parse(seed, CultureInfo.InvariantCulture) : Random.Shared.Next();

    private static readonly Action<RuntimeConfig, Random>[] s_features =
    [
        (c, r) => c.Process!.User = new() { Uid = (uint)r.Next(3) * 1000, Gid = (uint)r.Next(3) * 1000, AdditionalGids = [(uint)r.Next(5000)] },
        (c, r) => c.Process!.NoNewPrivileges = r.Next(2) == 0,
        (c, r) => c.Process!.Cwd = Pick(r, "/", "/tmp", "/made/here", "/proc", "/bin/../tmp"),
        (c, r) => c.Process!.OomScoreAdj = r.Next(1001),
        (c, r) => c.Process!.Capabilities = r.Next(2) == 0 ? null : c.Process.Capabilities,
        (c, r) => c.Process!.Args = [Pick(r, "true", "/bin/true", "/bin/nothing", "nothing", "/etc/passwd", "/tmp")],
        (c, r) => c.Process!.Env = r.Next(2) == 0 ? null : ["PATH=", "A", "=", "HOME=/x"],
        (c, r) => c.Process!.Rlimits = [new() { Type = "RLIMIT_CORE", Soft = (ulong)r.Next(5), Hard = (ulong)r.Next(5) }],
        (c, r) => c.Hostname = r.Next(2) == 0 ? null : new string('h', r.Next(70)),
        (c, r) => c.Root!.Readonly = r.Next(2) == 0,
        (c, r) => c.Mounts!.Add(new() { Destination = Pick(r, "/tmp", "/tmp/a/b", "/etc/passwd", "/proc/x", "/", "relative"), Type = "tmpfs", Source = "tmpfs", Options = [Pick(r, "ro", "rro", "size=1m", "nonsense", "mode=abc", "noexec")] }),
        (c, r) => c.Mounts!.Add(new() { Destination = Pick(r, "/tmp/file", "/tmp", "/etc/hosts"), Type = "bind", Source = Pick(r, "/etc/hostname", "/usr", "/nothing"), Options = ["rbind", Pick(r, "ro", "rslave", "rshared", "noexec")] }),
        (c, r) => c.Mounts!.RemoveAt(r.Next(c.Mounts.Count)),
        (c, r) => c.Linux!.Namespaces!.RemoveAt(r.Next(c.Linux.Namespaces.Count)),
        (c, r) => c.Linux!.MaskedPaths = [Pick(r, "/bin", "/etc/passwd", "/nothing", "/proc", "/")],
        (c, r) => c.Linux!.ReadonlyPaths = [Pick(r, "/bin", "/etc/passwd", "/nothing", "/")],
        (c, r) => c.Linux!.RootfsPropagation = Pick(r, "private", "rprivate", "shared", "slave", "unbindable"),
        (c, r) => c.Linux!.Sysctl = new() { [Pick(r, "net.ipv4.ip_forward", "kernel.shmmax", "kernel.nothing", "fs.mqueue.msg_max")] = Pick(r, "1", "", "words") },
        (c, r) => c.Linux!.Devices = [new() { Path = Pick(r, "/dev/x", "/dev/null", "/dev/a/b", "/tmp/d"), Type = Pick(r, "c", "b", "p"), Major = r.Next(20), Minor = r.Next(20) }],
    ];

    private readonly Cctl _cctl = new();

    [Fact]
    public void Random_configs_launch_or_are_refused_with_a_pointer()
    {
        var random = new Random(s_seed);
        for (int i = 0; i < (Place.IsVm ? 5 : 60); i++)
        {
            using var bundle = new Bundle("/bin/true");
            bundle.With(c =>
            {
                for (int f = random.Next(1, 4); f > 0; f--)
                {
                    s_features[random.Next(s_features.Length)](c, random);
                }
            });
            CommandResult result = Check(bundle, i);
            if (result.ExitCode == 1)
            {
                string last = result.Stderr.TrimEnd('\n').Split('\n')[^1];
                Assert.True(last.StartsWith("cctl: /", StringComparison.Ordinal), $"{When(i)}: no pointer in: {result.Stderr}\n{File.ReadAllText(bundle["config.json"])}");
            }
        }
    }

    [Fact]
    public void Damaged_configs_never_crash_or_hang_and_leave_nothing()
    {
        var random = new Random(s_seed);
        using var bundle = new Bundle("/bin/true");
        byte[] whole = File.ReadAllBytes(bundle["config.json"]);
        for (int i = 0; i < (Place.IsVm ? 10 : 200); i++)
        {
            File.WriteAllBytes(bundle["config.json"], Damage(whole, random));
            Check(bundle, i);
        }
    }

    public void Dispose() => _cctl.Dispose();

    private static string When(int i) => $"config {i} of CCTL_TEST_SEED={s_seed}";

    private static string Pick(Random random, params string[] values) => values[random.Next(values.Length)];

    private CommandResult Check(Bundle bundle, int i)
    {
        string id = Cctl.NewId();
        CommandResult result = _cctl.Run("run", "--bundle", bundle.Path, id);
        string text = $"{When(i)}: exit status {result.ExitCode}\n{result.Stderr}\n";
        // 134 and 139 are SIGABRT and SIGSEGV of cctl itself.
        Assert.True(result.ExitCode is >= 0 and < 128, text + File.ReadAllText(bundle["config.json"]));
        Assert.False(result.Stderr.Contains("nhandled", StringComparison.Ordinal) || result.Stderr.Contains("   at ", StringComparison.Ordinal), text + File.ReadAllText(bundle["config.json"]));
        Assert.True(result.ExitCode == 0 || result.Stderr.Length > 0 || result.ExitCode > 1, text + "no message");
        Assert.True(!Directory.Exists(_cctl.StateRoot) || Directory.GetFileSystemEntries(_cctl.StateRoot).Length == 0, text + "the state directory is not empty");
        Assert.True(Leftovers.Cgroups(id).Length == 0, text + "a cgroup is left");
        return result;
    }

    private static byte[] Damage(byte[] whole, Random random)
    {
        byte[] bytes = [.. whole];
        switch (random.Next(6))
        {
            case 0:
                return bytes[..random.Next(bytes.Length)];
            case 1:
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                return bytes;
            case 2:
                int from = random.Next(bytes.Length);
                int length = random.Next(Math.Min(60, bytes.Length - from));
                return [.. bytes[..from], .. bytes[(from + length)..]];
            case 3:
                int at = random.Next(bytes.Length);
                byte[] repeated = bytes[at..Math.Min(bytes.Length, at + random.Next(1, 80))];
                return [.. bytes[..at], .. repeated, .. bytes[at..]];
            case 4:
                return Replace(whole, random, "null");
            default:
                return Replace(whole, random, Pick(random, "-1", "1e400", "18446744073709551616", "[]", "{}", "\"\"", "\"\\u0000\"", "true", "\"../../..\"", "[[[[[[[[]]]]]]]]"));
        }
    }

    // One value of the document becomes another.
    private static byte[] Replace(byte[] whole, Random random, string value)
    {
        string text = Encoding.UTF8.GetString(whole);
        int colon = text.IndexOf(": ", random.Next(text.Length), StringComparison.Ordinal);
        if (colon < 0)
        {
            return whole;
        }

        int end = text.IndexOfAny([',', '\n'], colon);
        return Encoding.UTF8.GetBytes(string.Concat(text.AsSpan(0, colon + 2), value, text.AsSpan(end)));
    }
}
