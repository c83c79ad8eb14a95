namespace Runtime.Cgroups.Systemd;

/// <summary>A property of a unit, systemd.resource-control(5) by its D-Bus name.</summary>
/// <param name="Name">As <c>MemoryMax</c>.</param>
/// <param name="Value">
/// bool (b), byte (y), short (n), ushort (q), int (i), uint (u), long (x), ulong (t), double (d), string (s), string[] (as),
/// byte[] (ay), uint[] (au), (string, ulong)[] (a(st)) or (string, string)[] (a(ss)).
/// </param>
internal sealed record UnitProperty(string Name, object Value)
{
    /// <summary>systemd's way to say that there is no limit.</summary>
    public const ulong Infinity = ulong.MaxValue;

    /// <summary>The value's signature.</summary>
    public string Signature => Value switch
    {
        bool => "b",
        byte => "y",
        short => "n",
        ushort => "q",
        int => "i",
        uint => "u",
        long => "x",
        ulong => "t",
        double => "d",
        string => "s",
        string[] => "as",
        byte[] => "ay",
        uint[] => "au",
        (string, ulong)[] => "a(st)",
        (string, string)[] => "a(ss)",
        _ => throw new NotSupportedException(Name),
    };

    /// <summary>Writes the list as a(sv).</summary>
    public static void WriteAll(DbusWriter writer, List<UnitProperty> properties)
    {
        (int, int) array = writer.BeginArray(8);
        foreach (UnitProperty property in properties)
        {
            writer.Align(8);
            writer.String(property.Name);
            writer.Signature(property.Signature);
            property.WriteValue(writer);
        }

        writer.EndArray(array);
    }

    /// <summary><c>MemoryMax = 1048576</c>, for listings.</summary>
    public override string ToString() => $"{Name} = " + Value switch
    {
        string text => text,
        bool flag => flag ? "true" : "false",
        ulong and Infinity => "infinity",
        string[] list => string.Join(' ', list),
        byte[] bytes => Convert.ToHexStringLower(bytes),
        uint[] numbers => string.Join(' ', numbers),
        (string, ulong)[] pairs => string.Join(", ", pairs.Select(p => $"{p.Item1} {p.Item2}")),
        (string, string)[] pairs => string.Join(", ", pairs.Select(p => $"{p.Item1} {p.Item2}")),
        _ => Convert.ToString(Value, System.Globalization.CultureInfo.InvariantCulture),
    };

    private void WriteValue(DbusWriter writer)
    {
        switch (Value)
        {
            case bool v: writer.Boolean(v); break;
            case byte v: writer.Byte(v); break;
            case short v: writer.UInt16(unchecked((ushort)v)); break;
            case ushort v: writer.UInt16(v); break;
            case int v: writer.UInt32(unchecked((uint)v)); break;
            case uint v: writer.UInt32(v); break;
            case long v: writer.UInt64(unchecked((ulong)v)); break;
            case ulong v: writer.UInt64(v); break;
            case double v: writer.UInt64(BitConverter.DoubleToUInt64Bits(v)); break;
            case string v: writer.String(v); break;
            default: WriteArray(writer); break;
        }
    }

    private void WriteArray(DbusWriter writer)
    {
        (int, int) array = writer.BeginArray(Value switch { (string, ulong)[] or (string, string)[] => 8, byte[] => 1, _ => 4 });
        switch (Value)
        {
            case string[] list:
                Array.ForEach(list, writer.String);
                break;
            case byte[] list:
                Array.ForEach(list, writer.Byte);
                break;
            case uint[] list:
                Array.ForEach(list, writer.UInt32);
                break;
            case (string, ulong)[] list:
                foreach ((string key, ulong value) in list)
                {
                    writer.Align(8);
                    writer.String(key);
                    writer.UInt64(value);
                }

                break;
            case (string, string)[] list:
                foreach ((string key, string value) in list)
                {
                    writer.Align(8);
                    writer.String(key);
                    writer.String(value);
                }

                break;
        }

        writer.EndArray(array);
    }
}
