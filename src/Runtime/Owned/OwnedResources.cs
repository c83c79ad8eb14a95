using Runtime.Cgroups.Drivers;

namespace Runtime.Owned;

/// <summary>What a container owns.</summary>
internal static class OwnedResources
{
    /// <summary>The resource that an entry of a record describes.</summary>
    /// <exception cref="FormatException">The entry is damaged.</exception>
    public static OwnedResource Of(Dictionary<string, string> entry)
    {
        string kind = Fact(entry, "kind");
        return kind switch
        {
            OwnedCgroup.Name => new OwnedCgroup(Fact(entry, "path"), CgroupManagers.Find(Fact(entry, "manager")) ?? throw new FormatException(), entry.ContainsKey("rootless")),
            OwnedResctrlGroup.Name => new OwnedResctrlGroup(Fact(entry, "path")),
            JoinedMounts.Name => new JoinedMounts(Fact(entry, "namespace"), ulong.Parse(Fact(entry, "inode")), Fact(entry, "mark")),
            OwnedSnapshot.Name => new OwnedSnapshot(Fact(entry, "store"), Fact(entry, "id")),
            _ => new UnknownResource(entry),
        };
    }

    /// <summary>
    /// Releases all of them, the last that was made first. Where one cannot be released, those made before it stay as well: it may
    /// stand on them.
    /// </summary>
    public static void Release(IReadOnlyList<OwnedResource> owned)
    {
        for (int i = owned.Count - 1; i >= 0; i--)
        {
            owned[i].Release();
        }
    }

    private static string Fact(Dictionary<string, string> entry, string name) => entry.TryGetValue(name, out string? value) ? value : throw new FormatException();

    /// <summary>Of a kind that a newer cctl knows.</summary>
    private sealed class UnknownResource(Dictionary<string, string> entry) : OwnedResource
    {
        public override string Kind => entry["kind"];

        public override Dictionary<string, string> Facts => entry;

        internal override void Release() => RuntimeLog.Warn($"the container owns a {Kind} of a newer cctl's making, which this one cannot remove: it stays");
    }
}
