using System.Globalization;
using System.Text;
using Cctl.Cli;
using Runtime.Accounting;
using Runtime.Cgroups.Stats;
using Runtime.State;

namespace Cctl.Commands;

/// <summary>What containers use as a table for people.</summary>
internal static class StatsTable
{
    private const string Unknown = "-";

    private static readonly FittedColumn[] s_columns =
    [
        new("ID", Least: 8), new("STATUS", Leaves: 6), new("CPU %", Leaves: 8), new("MEMORY / LIMIT", Leaves: 7), new("READ / WRITTEN", Leaves: 4), new("PIDS / LIMIT", Leaves: 5),
        new("CPU PSI", Leaves: 3), new("MEM PSI", Leaves: 2), new("I/O PSI", Leaves: 1),
    ];

    /// <summary>The heading and a line for each; columns by two spaces.</summary>
    /// <param name="containers">What is shown.</param>
    /// <param name="width">Columns of the terminal; 0 where it is none and all columns stay.</param>
    internal static string Text(List<ContainerUsage> containers, int width)
    {
        (List<string[]> rows, int[] kept, int[] widths) = FittedColumns.Fit(s_columns, containers.ConvertAll(Row), width > 0 ? width : int.MaxValue);
        var text = new StringBuilder();
        foreach (string[] row in rows)
        {
            for (int i = 0; i < row.Length; i++)
            {
                // Words begin, and numbers end, below one another.
                text.Append(kept[i] < 2 ? row[i].PadRight(widths[i]) : row[i].PadLeft(widths[i])).Append(i == row.Length - 1 ? "\n" : "  ");
            }
        }

        return text.ToString();
    }

    /// <summary>Bytes with three or four digits and a unit: <c>1.5MiB</c>.</summary>
    internal static string Size(ulong bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return value.ToString(unit == 0 || value >= 100 ? "0" : "0.0", CultureInfo.InvariantCulture) + units[unit];
    }

    private static string[] Row(ContainerUsage container)
    {
        CgroupUsage usage = container.Usage ?? default;
        return
        [
            container.Id,
            container.Status.Name(),
            Number(container.CpuPercent),
            usage.Memory is null ? Unknown : $"{Size(usage.Memory.Value)} / {(usage.MemoryLimit is { } limit ? Size(limit) : Unknown)}",
            usage.ReadBytes is null ? Unknown : $"{Size(usage.ReadBytes.Value)} / {Size(usage.WrittenBytes ?? 0)}",
            usage.Pids is null ? Unknown : string.Create(CultureInfo.InvariantCulture, $"{usage.Pids} / {usage.PidsLimit?.ToString(CultureInfo.InvariantCulture) ?? Unknown}"),
            Number(usage.CpuPressure),
            Number(usage.MemoryPressure),
            Number(usage.IoPressure),
        ];
    }

    private static string Number(double? value) => value?.ToString("0.0", CultureInfo.InvariantCulture) ?? Unknown;
}
