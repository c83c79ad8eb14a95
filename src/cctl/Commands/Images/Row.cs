namespace Cctl.Commands.Images;

/// <summary>A line of a table: names as templates know them, headings, and values.</summary>
internal sealed class Row(params (string Name, string Heading, string Value)[] cells)
{
    /// <summary>The cells in order.</summary>
    internal (string Name, string Heading, string Value)[] Cells => cells;

    /// <summary>The cell of a name; null where there is none.</summary>
    internal (string Name, string Heading, string Value)? Find(string name)
    {
        int at = Array.FindIndex(cells, c => c.Name == name);
        return at < 0 ? null : cells[at];
    }
}
