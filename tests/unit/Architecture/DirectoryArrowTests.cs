using System.Text.RegularExpressions;

namespace Unit.Tests.Architecture;

/// <summary>Inside a project: namespaces follow directories, and each directory uses only those before it in its project's list.</summary>
public sealed partial class DirectoryArrowTests
{
    // What stands in the project's own directory may be used by all, and uses none.
    private static readonly Dictionary<string, string[]> s_order = new()
    {
        ["src/Runtime.Namespaces"] = ["Resolution", "Plan", "Child", "Builder.Parts", "Builder", "Launch"],
        ["src/Runtime.Cgroups"] = ["Limits", "Controllers", "Devices", "Stats", "Systemd", "Drivers"],
    };

    public static TheoryData<string> Projects => [.. s_order.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Namespaces_follow_directories(string project)
    {
        string[] wrong = [.. Repository.Files(project, "*.cs").Where(f => Declared(f) is string declared && declared != Expected(project, f) && !declared.StartsWith("System", StringComparison.Ordinal))];
        Assert.Empty(wrong);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_directory_uses_only_those_before_it(string project)
    {
        string name = Path.GetFileName(project);
        string[] order = s_order[project];
        var wrong = new List<string>();
        foreach (string file in Repository.Files(project, "*.cs"))
        {
            string own = Expected(project, file)[name.Length..].TrimStart('.');
            int place = own.Length == 0 ? -1 : Array.IndexOf(order, own);
            Assert.True(own.Length == 0 || place >= 0, $"{file}: a new directory needs its place in the order here");
            foreach (Match used in Usings().Matches(Repository.Read(file)))
            {
                if (used.Groups[1].Value.StartsWith(name + ".", StringComparison.Ordinal) && Array.IndexOf(order, used.Groups[1].Value[(name.Length + 1)..]) >= place)
                {
                    wrong.Add($"{file} uses {used.Groups[1].Value}");
                }
            }
        }

        Assert.Empty(wrong);
    }

    private static string? Declared(string file) => Namespaces().Match(Repository.Read(file)) is { Success: true } found ? found.Groups[1].Value : null;

    private static string Expected(string project, string file)
    {
        string directory = Path.GetRelativePath(project, Path.GetDirectoryName(file)!);
        return Path.GetFileName(project) + (directory == "." ? string.Empty : "." + directory.Replace('/', '.'));
    }

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespaces();

    [GeneratedRegex(@"^using ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Usings();
}
