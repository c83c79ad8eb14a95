using System.CommandLine;

namespace Cctl.Cli;

/// <summary>A command with what its help shows beside the options.</summary>
internal sealed class CctlCommand : Command
{
    internal CctlCommand(string name, string description, string example)
        : base(name, description) => Example = example;

    /// <summary>Lines a person can type, printed at the end of the help.</summary>
    internal string Example { get; }

    /// <summary>What the manual page says beside the description, in paragraphs; empty where the options say it all.</summary>
    internal string Details { get; init; } = string.Empty;

    /// <summary>Whether everything after the first argument belongs to somebody else, as the command of <c>exec</c> does.</summary>
    internal bool StopsAtFirstArgument { get; init; }

    /// <summary>The exit status when cctl itself fails.</summary>
    internal int FailureStatus { get; init; } = CommandLine.Failure;
}
