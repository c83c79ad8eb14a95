namespace Unit.Tests.Architecture;

/// <summary>The source tree that these tests were built from.</summary>
internal static class Repository
{
    private static readonly string[] s_notSources = ["bin", "obj", "out", ".cache", ".git"];

    /// <summary>Its root: the directory above the test executable that has the solution.</summary>
    public static string Root { get; } = Find();

    /// <summary>Every file below a directory with this ending, without what builds leave behind; relative to the root.</summary>
    public static IEnumerable<string> Files(string directory, string pattern)
    {
        string start = Path.Combine(Root, directory);
        foreach (string file in Directory.EnumerateFiles(start, pattern))
        {
            yield return Path.GetRelativePath(Root, file);
        }

        foreach (string inner in Directory.EnumerateDirectories(start))
        {
            if (!s_notSources.Contains(Path.GetFileName(inner)) && !new DirectoryInfo(inner).Attributes.HasFlag(FileAttributes.ReparsePoint))
            {
                foreach (string file in Files(Path.GetRelativePath(Root, inner), pattern))
                {
                    yield return file;
                }
            }
        }
    }

    /// <summary>The text of a file.</summary>
    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    private static string Find()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "cctl.slnx")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("the tests must run from below the source tree: cctl.slnx is in no directory above them");
    }
}
