namespace Cctl.Cli;

/// <summary>The commands that there are.</summary>
internal interface ICommandTable
{
    /// <summary>Their names, in the order in which help shows them.</summary>
    string[] Names { get; }

    /// <summary>Finds the id of a container that is not called by it; null where there is none.</summary>
    string? FindId(string word, Globals globals);

    /// <summary>Makes the command of that name; null where there is none.</summary>
    CctlCommand? Create(string name, Globals globals);
}
