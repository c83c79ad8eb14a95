using Integration.Tests.Harness;

namespace Integration.Tests.Stacks;

/// <summary>docs/INTEGRATION.md: what it tells people to write into a configuration file is what these tests run with.</summary>
internal static class IntegrationPage
{
    private const string InstalledPath = "/usr/local/bin/cctl";

    /// <summary>The page's text.</summary>
    public static string Text { get; } = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "INTEGRATION.md"));

    /// <summary>The block for a file, as it stands on the page.</summary>
    /// <param name="file">The file's path, which follows the language on the block's first line.</param>
    public static string Verbatim(string file)
    {
        string[] lines = Text.Split('\n');
        int start = Array.FindIndex(lines, l => l.StartsWith("```", StringComparison.Ordinal) && l.Split(' ') is [_, var name] && name == file);
        Assert.True(start >= 0, $"docs/INTEGRATION.md has no block for {file}");
        int end = Array.IndexOf(lines, "```", start + 1);
        return string.Join('\n', lines[(start + 1)..end]) + "\n";
    }

    /// <summary>The block with the executable under test in the place of the installed one.</summary>
    public static string Block(string file)
    {
        string text = Verbatim(file);
        Assert.Contains(InstalledPath, text, StringComparison.Ordinal);
        return text.Replace(InstalledPath, Cctl.Executable, StringComparison.Ordinal);
    }
}
