using OciSpec;

namespace Runtime.Compose;

/// <summary>The capabilities of a container's process: docker's fourteen, with those that are added and without those that are dropped.</summary>
internal static class CapabilityOptions
{
    private static readonly string[] s_default =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP",
        "CAP_NET_BIND_SERVICE", "CAP_NET_RAW", "CAP_SYS_CHROOT", "CAP_MKNOD", "CAP_AUDIT_WRITE", "CAP_SETFCAP",
    ];

    /// <summary>The capabilities of a process of this user: another than root has them in its bounding set alone (capabilities(7)).</summary>
    public static Capabilities Of(RunRequest request, uint uid)
    {
        List<string> all = Names(request);
        return new Capabilities
        {
            Bounding = all,
            Permitted = uid == 0 ? all : [],
            Effective = uid == 0 ? all : [],
        };
    }

    /// <summary>The names, in the order of their numbers.</summary>
    public static List<string> Names(RunRequest request)
    {
        HashSet<string> named = request.Privileged || Has(request.AddedCapabilities, "ALL") ? [.. KnownValues.Capabilities]
            : Has(request.DroppedCapabilities, "ALL") ? [] : [.. s_default];
        foreach (string name in request.AddedCapabilities.Where(n => !IsAll(n)))
        {
            named.Add(Full("--cap-add", name));
        }

        foreach (string name in request.DroppedCapabilities.Where(n => !IsAll(n)))
        {
            named.Remove(Full("--cap-drop", name));
        }

        return [.. KnownValues.Capabilities.Where(named.Contains)];
    }

    private static bool Has(IReadOnlyList<string> names, string all) => names.Any(n => string.Equals(n, all, StringComparison.OrdinalIgnoreCase));

    private static bool IsAll(string name) => string.Equals(name, "ALL", StringComparison.OrdinalIgnoreCase);

    private static string Full(string option, string name)
    {
        string full = name.ToUpperInvariant();
        full = full.StartsWith("CAP_", StringComparison.Ordinal) ? full : "CAP_" + full;
        if (Array.IndexOf(KnownValues.Capabilities, full) >= 0)
        {
            return full;
        }

        string near = NearestName.Find(full, KnownValues.Capabilities, NearestName.Slip(full)) is { } found ? $": did you mean {found}?" : ": see capabilities(7)";
        throw new ContainerException($"{option} {name}: no such capability{near}");
    }
}
