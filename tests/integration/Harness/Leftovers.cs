namespace Integration.Tests.Harness;

/// <summary>What may be left of a container on this machine, whatever its state says: processes, cgroup, mounts, directory.</summary>
internal static class Leftovers
{
    private static readonly Lazy<string> Cgroup2 = new(() =>
        File.ReadLines("/proc/self/mountinfo").First(l => l.Contains(" - cgroup2 ", StringComparison.Ordinal)).Split(' ')[4]);

    /// <summary>Where cgroup v2 is mounted.</summary>
    public static string CgroupMount => Cgroup2.Value;

    /// <summary>The processes that belong to an id: it is on their command line (before they execute the guest's) or their cgroup bears it.</summary>
    public static List<int> Processes(string id)
    {
        var found = new List<int>();
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), out int pid) && pid != Environment.ProcessId && IsAlive(directory)
                && (Has(directory + "/cgroup", id) || Has(directory + "/cmdline", id)))
            {
                found.Add(pid);
            }
        }

        return found;
    }

    /// <summary>The cgroups whose name has the id, two levels down from the mount.</summary>
    public static string[] Cgroups(string id) =>
        Directory.EnumerateDirectories(CgroupMount)
            .SelectMany(d => Safe(d).Append(d))
            .Where(d => Path.GetFileName(d).Contains(id, StringComparison.Ordinal))
            .ToArray();

    /// <summary>Asserts that nothing of a container is left.</summary>
    public static void AssertNone(string stateRoot, string id, string? bundle, string when)
    {
        Eventually.True(() => Processes(id).Count == 0, Place.Deadline(5), () => $"{when}: processes {string.Join(' ', Processes(id))} of {id} are left");
        Assert.True(Cgroups(id).Length == 0, $"{when}: left: {string.Join(' ', Cgroups(id))}");
        Assert.False(Directory.Exists(Path.Combine(stateRoot, id)), $"{when}: left: {stateRoot}/{id}");
        string mounts = File.ReadAllText("/proc/self/mountinfo");
        Assert.False(mounts.Contains(id, StringComparison.Ordinal) || (bundle is not null && mounts.Contains(bundle, StringComparison.Ordinal)), $"{when}: a mount is left:\n{mounts}");
    }

    private static string[] Safe(string directory)
    {
        try
        {
            return Directory.GetDirectories(directory);
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    private static bool IsAlive(string directory)
    {
        string? stat = Read(directory + "/stat");
        return stat is not null && stat.LastIndexOf(')') is int end && stat[(end + 2)..] is not ['Z' or 'X', ..];
    }

    private static bool Has(string file, string text) => Read(file)?.Contains(text, StringComparison.Ordinal) == true;

    private static string? Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return null; // The process has ended.
        }
    }
}
