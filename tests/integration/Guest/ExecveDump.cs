using System.Text.RegularExpressions;
using Integration.Tests.Harness;

namespace Integration.Tests.Guest;

/// <summary>What execve.c wrote of a process, without what differs between two runs of one runtime.</summary>
internal sealed partial class ExecveDump
{
    // Times, memory, counters; the numbers of processes; how many descriptors there once were.
    private static readonly string[] s_volatile =
    [
        "Vm", "Rss", "Tgid:", "Pid:", "NStgid:", "NSpid:", "NSpgid:", "NSsid:", "PPid:", "voluntary_ctxt", "nonvoluntary_ctxt", "SigQ:", "HugetlbPages", "FDSize:", "x86_Thread", "Cpus_allowed", "Mems_allowed",
    ];

    private readonly Dictionary<string, List<string>> _sections = [];

    private ExecveDump(IEnumerable<string> lines)
    {
        List<string> section = [];
        foreach (string line in lines)
        {
            if (Header().Match(line) is { Success: true } header)
            {
                _sections[header.Groups[1].Value] = section = [];
            }
            else if (line.Length > 0 && !s_volatile.Any(v => line.StartsWith(v, StringComparison.Ordinal)))
            {
                section.Add(line);
            }
        }

        _sections["mounts"] = [.. _sections["mounts"].Select(Mount).Order(StringComparer.Ordinal)];
        _sections["namespaces"] = [.. _sections["namespaces"].Select(Namespace)];
        _sections["descriptors"] = [.. _sections["descriptors"].Select(l => Number().Replace(l, "$1"))];
    }

    /// <summary>Reads it. <paramref name="replaced"/> are texts that belong to one run, as its id, and what stands for them.</summary>
    public static ExecveDump Read(string file, params (string Text, string By)[] replaced)
    {
        string text = replaced.Aggregate(File.ReadAllText(file), (t, r) => t.Replace(r.Text, r.By, StringComparison.Ordinal));
        return new ExecveDump(text.TrimEnd('\n').Split('\n'));
    }

    /// <summary>What is in one and not in the other, as "[section] line", first this one's, marked -, then the other's, marked +.</summary>
    public string[] Differences(ExecveDump other) =>
    [
        .. _sections.SelectMany(s => Without(s.Value, other._sections[s.Key]).Select(l => $"[{s.Key}] - {l}").Concat(Without(other._sections[s.Key], s.Value).Select(l => $"[{s.Key}] + {l}"))),
        .. _sections.Where(s => s.Key is "environment" or "descriptors" && !s.Value.SequenceEqual(other._sections[s.Key]) && s.Value.Order().SequenceEqual(other._sections[s.Key].Order())).Select(s => $"[{s.Key}] another order"),
    ];

    private static List<string> Without(List<string> lines, List<string> others)
    {
        var rest = new List<string>(lines);
        others.ForEach(o => rest.Remove(o));
        return rest;
    }

    // proc_pid_mountinfo(5): ids, device numbers and peer groups are those of this run; the rest stays. The options of cgroup2 itself
    // are the host's one hierarchy's, whoever mounts it.
    private static string Mount(string line)
    {
        string[] fields = line.Split(' ');
        string peers = string.Join(' ', fields[6..Array.IndexOf(fields, "-")].Select(f => f.Split(':')[0]));
        string[] filesystem = fields[(Array.IndexOf(fields, "-") + 1)..];
        return $"{fields[4]} {fields[3]} {fields[5]} {peers}-{string.Join(' ', filesystem[0] == "cgroup2" ? filesystem[..2] : filesystem)}";
    }

    // "net net:[4026531840]": the host's, or one of the guest's own.
    private static string Namespace(string line)
    {
        string[] fields = line.Split(' ');
        return $"{fields[0]} {(fields[1] == new FileInfo($"/proc/self/ns/{fields[0]}").LinkTarget ? "the host's" : "its own")}";
    }

    [GeneratedRegex(@"^\[([a-z]+)\]$")]
    private static partial Regex Header();

    [GeneratedRegex(@"(pipe|socket):\[\d+\]")]
    private static partial Regex Number();
}
