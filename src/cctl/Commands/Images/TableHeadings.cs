namespace Cctl.Commands.Images;

/// <summary>Headings of tables' columns, which scripts that read docker's tables know.</summary>
internal static class TableHeadings
{
    internal static string Of(string name, string kind) => name switch
    {
        "ID" => kind + " ID",
        "CreatedSince" or "RunningFor" => "CREATED",
        "CreatedAt" => "CREATED AT",
        "CreatedBy" => "CREATED BY",
        _ => name.ToUpperInvariant(),
    };
}
