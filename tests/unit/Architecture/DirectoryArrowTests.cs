using System.Text.RegularExpressions;

namespace Unit.Tests.Architecture;

/// <summary>Inside a project: namespaces follow directories, and each directory uses only those before it in its project's list.</summary>
public sealed partial class DirectoryArrowTests
{
    // What stands in the project's own directory may be used by all, and uses none but where the process begins.
    private static readonly Dictionary<string, string[]> s_order = new()
    {
        ["src/Runtime.Namespaces"] = ["Resolution", "Plan", "Child", "Builder.Parts", "Builder", "Launch"],
        ["src/Runtime.Images"] = ["References", "Tar", "Layers", "Store", "Snapshots", "Fetch", "Sources"],
        ["src/Runtime.Cgroups"] = ["Limits", "Controllers", "Devices", "Stats", "Systemd", "Drivers"],
        ["src/Runtime"] = ["Seccomp", "Documents", "Hooks", "Terminals", "Owned", "State", "Lifecycle", "Accounting", "Launch", "Exec", "Compose", "Checkpoint"],
        ["src/cctl"] = ["Streams", "Logging", "Cli", "Commands.Images", "Commands.Containers", "Commands", "Entry"],
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
        string root = RootNamespace(project);
        string[] order = s_order[project];
        var wrong = new List<string>();
        foreach (string file in Repository.Files(project, "*.cs"))
        {
            string own = Expected(project, file)[root.Length..].TrimStart('.');
            int place = own.Length == 0 ? -1 : Array.IndexOf(order, own);
            if (Path.GetFileName(file) == "Program.cs")
            {
                continue;
            }

            Assert.True(own.Length == 0 || place >= 0, $"{file}: a new directory needs its place in the order here");
            wrong.AddRange(UsedDirectories(Repository.Read(file), root, order).Where(u => Array.IndexOf(order, u) >= place && u != own).Select(u => $"{file} uses {u}"));
        }

        Assert.Empty(wrong);
    }

    // By a using, or by a name that begins with the directory's: Seccomp.SeccompListener.
    private static IEnumerable<string> UsedDirectories(string code, string root, string[] order)
    {
        code = Comments().Replace(code, string.Empty);
        return order.Where(d => Regex.Matches(code, $@"^using (static )?{Regex.Escape(root)}\.(?<used>{Regex.Escape(d)}(\.[A-Z]\w*)?);", RegexOptions.Multiline).Any(m => m.Groups["used"].Value == d || !order.Contains(m.Groups["used"].Value))
            || Regex.IsMatch(code, $@"(?<![\w.""/]){Regex.Escape(d)}\.[A-Z]\w+[.(<]"));
    }

    private static string RootNamespace(string project) => project == "src/cctl" ? "Cctl" : Path.GetFileName(project);

    private static string? Declared(string file) => Namespaces().Match(Repository.Read(file)) is { Success: true } found ? found.Groups[1].Value : null;

    private static string Expected(string project, string file)
    {
        string directory = Path.GetRelativePath(project, Path.GetDirectoryName(file)!);
        return RootNamespace(project) + (directory == "." ? string.Empty : "." + directory.Replace('/', '.'));
    }

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespaces();

    [GeneratedRegex(@"//[^\n]*")]
    private static partial Regex Comments();
}
