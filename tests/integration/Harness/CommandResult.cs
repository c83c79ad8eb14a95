namespace Integration.Tests.Harness;

/// <summary>How a program ended and what it wrote.</summary>
/// <param name="CommandLine">The program and its arguments, for messages.</param>
/// <param name="ExitCode">Its exit status; 128 + n when signal n ended it.</param>
/// <param name="Stdout">Standard output as UTF-8.</param>
/// <param name="Stderr">Standard error as UTF-8.</param>
internal sealed record CommandResult(string CommandLine, int ExitCode, string Stdout, string Stderr)
{
    /// <summary>Asserts the exit status, showing everything that was written when it is another.</summary>
    public CommandResult MustExit(int expected)
    {
        Assert.True(ExitCode == expected, $"{CommandLine}: exit status {ExitCode}, not {expected}\n{Stdout}{Stderr}");
        return this;
    }

    /// <summary>Asserts exit status 0.</summary>
    public CommandResult MustSucceed() => MustExit(0);

    /// <summary>Standard output without the line breaks at its end.</summary>
    public string Text => Stdout.TrimEnd('\n');

    /// <summary>The lines of standard output.</summary>
    public string[] Lines => Text.Length == 0 ? [] : Text.Split('\n');
}
