namespace Cctl.Commands.Images;

/// <summary>A line of a table: names as templates know them, and values.</summary>
internal sealed class Row(params (string Name, string Value)[] cells)
{
    /// <summary>The cells in order.</summary>
    internal (string Name, string Value)[] Cells => cells;

    /// <summary>The value of a name; null where there is none.</summary>
    internal string? Find(string name) => Array.Find(cells, c => c.Name == name).Value;
}
