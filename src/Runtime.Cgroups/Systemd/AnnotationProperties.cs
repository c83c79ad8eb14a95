namespace Runtime.Cgroups.Systemd;

/// <summary>
/// Annotations <c>org.systemd.property.NAME</c>, whose value is a GVariant text, as unit properties. A name that ends in
/// <c>Sec</c> takes seconds and becomes the D-Bus property of microseconds.
/// </summary>
public static class AnnotationProperties
{
    /// <summary>What the annotations begin with that become properties of the unit.</summary>
    public const string Prefix = "org.systemd.property.";

    /// <summary>The properties, in the annotations' order.</summary>
    /// <exception cref="CgroupException">A name or a value is malformed.</exception>
    internal static List<UnitProperty> From(IReadOnlyDictionary<string, string>? annotations)
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

            string pointer = "/annotations/" + Pointer.Escape(key);
            string name = key[Prefix.Length..];
            if (name.Length < 3 || name.AsSpan().ContainsAnyExcept(Letters))
            {
                throw new CgroupException(pointer, $"{name}: a property's name has letters only, three at least");
            }

            object value = GVariantText.Parse(text) ?? throw new CgroupException(pointer, $"{text}: a value as true, 'text', ['a', 'b'], 5 or uint64 5");
            properties.Add(IsSeconds(name) ? InMicroseconds(name, value, pointer) : new UnitProperty(name, value));
        }

        return properties;
    }

    private static System.Buffers.SearchValues<char> Letters { get; } =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

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
