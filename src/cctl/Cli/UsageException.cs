using Runtime.Linux;

namespace Cctl.Cli;

/// <summary>The command line is not one that cctl understands; the message is printed as it is.</summary>
internal sealed class UsageException : ReportedException
{
    internal UsageException(string message)
        : base(message)
    {
    }
}
