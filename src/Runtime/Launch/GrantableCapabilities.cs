using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Resolution;

namespace Runtime.Launch;

/// <summary>
/// What the runtime has to give: a capability that cannot be granted is a warning, and the container goes on without it
/// (config.md, Linux process). In a user namespace of the container's own, or one that it joins, its first process has all.
/// </summary>
internal static class GrantableCapabilities
{
    /// <summary>The capabilities, a bit each; what the config wants beside them is warned of.</summary>
    public static ulong Of(RuntimeConfig config)
    {
        if (NamespaceSet.Of(config).Lists(Abi.CLONE_NEWUSER))
        {
            return ulong.MaxValue;
        }

        ulong own = Sys.PermittedCapabilities();
        ulong refused = CapabilitySets.From(config.Process?.Capabilities).All & ~own;
        if (refused != 0)
        {
            RuntimeLog.Warn($"/process/capabilities: {Names(refused)}: not granted: the runtime itself lacks what it would grant");
        }

        return own;
    }

    private static string Names(ulong set)
    {
        var names = new List<string>();
        for (int i = 0; i <= CapabilitySets.Last; i++)
        {
            if ((set & (1UL << i)) != 0)
            {
                names.Add(KnownValues.Capabilities[i]);
            }
        }

        return string.Join(", ", names);
    }
}
