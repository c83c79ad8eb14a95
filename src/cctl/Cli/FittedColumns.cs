namespace Cctl.Cli;

/// <summary>A column of a table for people, and how it gives way where the terminal is too narrow.</summary>
/// <param name="Name">Its heading.</param>
/// <param name="Least">The width to which its cells may be cut; 0: they are never cut.</param>
/// <param name="Leaves">Columns leave the table in this order when cutting does not do, 1 first; 0: it stays.</param>
/// <param name="CutsFront">Whether a cell loses its beginning, as a path does, whose end tells more.</param>
internal readonly record struct FittedColumn(string Name, int Least = 0, int Leaves = 0, bool CutsFront = false);

/// <summary>Cuts and leaves out columns until a table fits.</summary>
internal static class FittedColumns
{
    /// <summary>Spaces between two columns.</summary>
    internal const int Gap = 2;

    /// <summary>
    /// The rows without the columns that left, cells cut to the widths that are returned, the first row the headings. Where even
    /// the columns that stay do not fit, each has its least width and the lines are too long.
    /// </summary>
    internal static (List<string[]> Rows, int[] Kept, int[] Widths) Fit(FittedColumn[] columns, List<string[]> rows, int width)
    {
        List<int> kept = [.. Enumerable.Range(0, columns.Length)];
        var widths = new int[columns.Length];
        for (int i = 0; i < columns.Length; i++)
        {
            widths[i] = Math.Max(columns[i].Name.Length, rows.Count == 0 ? 0 : rows.Max(r => r[i].Length));
        }

        while (Total(kept, widths) > width && (Cut(columns, kept, widths, Total(kept, widths) - width) || Leave(columns, kept)))
        {
        }

        if (Total(kept, widths) is int total && total > width)
        {
            Cut(columns, kept, widths, Math.Min(total - width, Reserve(columns, kept, widths)));
        }

        List<string[]> fitted = [[.. kept.Select(i => Shorten(columns[i].Name, widths[i], false))]];
        fitted.AddRange(rows.Select(row => kept.Select(i => Shorten(row[i], widths[i], columns[i].CutsFront)).ToArray()));
        return (fitted, [.. kept], [.. kept.Select(i => widths[i])]);
    }

    private static int Total(List<int> kept, int[] widths) => kept.Sum(i => widths[i]) + (Gap * (kept.Count - 1));

    // The widest first, and no further than the next one that can be cut: nobody loses more than the others.
    private static bool Cut(FittedColumn[] columns, List<int> kept, int[] widths, int surplus)
    {
        if (Reserve(columns, kept, widths) < surplus)
        {
            return false;
        }

        for (; surplus > 0; surplus--)
        {
            widths[kept.Where(i => columns[i].Least > 0 && widths[i] > columns[i].Least).MaxBy(i => widths[i])]--;
        }

        return true;
    }

    // What cutting can give in all.
    private static int Reserve(FittedColumn[] columns, List<int> kept, int[] widths) =>
        kept.Where(i => columns[i].Least > 0).Sum(i => Math.Max(0, widths[i] - columns[i].Least));

    private static bool Leave(FittedColumn[] columns, List<int> kept)
    {
        List<int> able = kept.FindAll(i => columns[i].Leaves > 0);
        return able.Count > 0 && kept.Remove(able.MinBy(i => columns[i].Leaves));
    }

    private static string Shorten(string cell, int width, bool front) =>
        cell.Length <= width ? cell : front ? "…" + cell[^(width - 1)..] : cell[..(width - 1)] + "…";
}
