using OciSpec;
using Runtime.Cgroups.Limits;

namespace Runtime.Cgroups.Systemd;

/// <summary>
/// Annotations <c>org.systemd.property.NAME</c>, whose value is a GVariant text, as unit properties. A name that ends in
/// <c>Sec</c> takes seconds and becomes the D-Bus property of microseconds.
/// </summary>
public static class AnnotationProperties
{
    /// <summary>What the annotations begin with that become properties of the unit.</summary>
    public const string Prefix = "org.systemd.property.";

    /// <summary>What the runtime sets itself whatever the config says, and what would take the place of it.</summary>
    private static readonly string[] s_reserved =
    [
        "PIDs", "PIDFDs", "Slice", "Delegate", "DelegateControllers", "DelegateSubgroup", "DisableControllers", "CPUAccounting", "MemoryAccounting",
        "IOAccounting", "BlockIOAccounting", "TasksAccounting", "DeviceAllow", "DevicePolicy",
    ];

    /// <summary>The properties, in the annotations' order.</summary>
    /// <param name="annotations">The config's.</param>
    /// <param name="limits">The properties that the config's limits become: a second value would undo the first.</param>
    /// <exception cref="CgroupException">A name or a value is malformed, or the property is not for annotations to set.</exception>
    internal static List<UnitProperty> From(IReadOnlyDictionary<string, string>? annotations, IReadOnlyList<UnitProperty> limits)
    {
        var properties = new List<UnitProperty>();
        if (annotations is null)
        {
            return properties;
        }

        foreach ((string key, string text) in annotations)
        {
            if (!key.StartsWith(Prefix, StringComparison.Ordinal))
            {
                continue;
            }

            string pointer = JsonPointer.Append("/annotations", key);
            string name = key[Prefix.Length..];
            if (name.Length < 3 || name.AsSpan().ContainsAnyExcept(Letters))
            {
                throw new CgroupException(pointer, $"{name}: a property's name has letters only, three at least");
            }

            object value = GVariantText.Parse(text) ?? throw new CgroupException(pointer, $"{text}: a value as true, 'text', ['a', 'b'], 5 or uint64 5");
            UnitProperty property = IsSeconds(name) ? InMicroseconds(name, value, pointer) : new UnitProperty(name, value);
            RefuseReserved(property.Name, limits, pointer);
            properties.Add(property);
        }

        return properties;
    }

    private static System.Buffers.SearchValues<char> Letters { get; } =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static void RefuseReserved(string name, IReadOnlyList<UnitProperty> limits, string pointer)
    {
        // systemd takes names as they are spelled, so other spellings are unknown to it; all the same none gets there.
        if (Array.Exists(s_reserved, reserved => reserved.Equals(name, StringComparison.OrdinalIgnoreCase)))
        {
            throw new CgroupException(pointer, $"{name} is for the runtime to set: take the annotation out");
        }

        string subject = Subject(name);
        foreach (UnitProperty limit in limits)
        {
            if (Subject(limit.Name).Equals(subject, StringComparison.OrdinalIgnoreCase))
            {
                throw new CgroupException(pointer, $"{name} would override a limit of /linux/resources, which becomes {limit.Name}: set it there alone");
            }
        }
    }

    /// <summary>
    /// The limit that a property sets: systemd has several names for most, relative ones (<c>MemoryMaxScale</c>), those of
    /// the start (<c>StartupMemoryMax</c>), and those of cgroup v1 (<c>MemoryLimit</c>).
    /// </summary>
    private static string Subject(string name)
    {
        const string Startup = "Startup", Scale = "Scale";
        name = name.StartsWith(Startup, StringComparison.OrdinalIgnoreCase) ? name[Startup.Length..] : name;
        name = name.EndsWith(Scale, StringComparison.OrdinalIgnoreCase) ? name[..^Scale.Length] : name;
        return name.ToUpperInvariant() switch
        {
            "MEMORYLIMIT" => "MemoryMax",
            "CPUSHARES" => "CPUWeight",
            "CPUQUOTA" => "CPUQuotaPerSecUSec",
            "BLOCKIOWEIGHT" => "IOWeight",
            "BLOCKIODEVICEWEIGHT" => "IODeviceWeight",
            "BLOCKIOREADBANDWIDTH" => "IOReadBandwidthMax",
            "BLOCKIOWRITEBANDWIDTH" => "IOWriteBandwidthMax",
            _ => name,
        };
    }

    private static bool IsSeconds(string name) =>
        name.EndsWith("Sec", StringComparison.Ordinal) && name.Length > 3 && char.IsAsciiLetterLower(name[^4]);

    private static UnitProperty InMicroseconds(string name, object value, string pointer)
    {
        double seconds = value switch
        {
            byte v => v,
            short v => v,
            ushort v => v,
            int v => v,
            uint v => v,
            long v => v,
            ulong v => v,
            double v => v,
            _ => -1,
        };
        return seconds is >= 0 and < 1e12
            ? new UnitProperty(name[..^3] + "USec", (ulong)(seconds * 1_000_000))
            : throw new CgroupException(pointer, "a number of seconds");
    }
}
