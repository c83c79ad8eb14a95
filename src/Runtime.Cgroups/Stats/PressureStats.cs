using System.Buffers.Text;

namespace Runtime.Cgroups.Stats;

/// <summary>One line of a pressure file: how long tasks were held up.</summary>
/// <param name="Avg10">Percent of the last 10 seconds.</param>
/// <param name="Avg60">Percent of the last 60 seconds.</param>
/// <param name="Avg300">Percent of the last 300 seconds.</param>
/// <param name="Total">Microseconds since the cgroup began.</param>
public readonly record struct PressureLine(double Avg10, double Avg60, double Avg300, ulong Total);

/// <summary>Pressure stall information of a resource, the kernel's psi document.</summary>
/// <param name="Some">Some tasks were held up.</param>
/// <param name="Full">All tasks were held up at once.</param>
public readonly record struct PressureStats(PressureLine Some, PressureLine Full)
{
    /// <summary>Reads the text of cpu.pressure, memory.pressure or io.pressure.</summary>
    public static PressureStats Parse(ReadOnlySpan<byte> text) => new(Line(text, "some "u8), Line(text, "full "u8));

    private static PressureLine Line(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name)
    {
        int at = text.IndexOf(name);
        if (at < 0)
        {
            return default;
        }

        text = text[at..];
        int end = text.IndexOf((byte)'\n');
        text = end < 0 ? text : text[..end];
        return new PressureLine(Average(text, "avg10="u8), Average(text, "avg60="u8), Average(text, "avg300="u8), Total(text));
    }

    private static double Average(ReadOnlySpan<byte> line, ReadOnlySpan<byte> key)
    {
        int at = line.IndexOf(key);
        return at >= 0 && Utf8Parser.TryParse(line[(at + key.Length)..], out double value, out _) ? value : 0;
    }

    private static ulong Total(ReadOnlySpan<byte> line)
    {
        int at = line.IndexOf("total="u8);
        return at >= 0 && Utf8Parser.TryParse(line[(at + 6)..], out ulong value, out _) ? value : 0;
    }
}
