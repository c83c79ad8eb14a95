using System.Xml.Linq;

namespace Unit.Tests.Architecture;

/// <summary>Who may depend on whom, as docs/ARCHITECTURE.md draws it.</summary>
public sealed class ProjectReferenceTests
{
    private static readonly Dictionary<string, string[]> s_arrows = new()
    {
        ["OciSpec"] = [],
        ["OciSpec.Generator"] = [],
        ["Runtime.Linux"] = [],
        ["Runtime.Namespaces"] = ["OciSpec", "Runtime.Linux"],
        ["Runtime.Cgroups"] = ["OciSpec", "Runtime.Linux"],
        ["Runtime.Images"] = ["OciSpec", "Runtime.Linux"],
        ["Runtime"] = ["OciSpec", "Runtime.Cgroups", "Runtime.Images", "Runtime.Linux", "Runtime.Namespaces"],
        ["cctl-images"] = ["OciSpec", "Runtime.Images", "Runtime.Linux"],
        ["cctl"] = ["OciSpec", "Runtime", "Runtime.Cgroups", "Runtime.Images", "Runtime.Linux", "Runtime.Namespaces"],
    };

    public static TheoryData<string> Projects => [.. ProjectFiles()];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_what_its_arrows_allow_and_nothing_else(string project)
    {
        XDocument document = XDocument.Parse(Repository.Read(project));
        string name = Path.GetFileNameWithoutExtension(project);
        Assert.True(s_arrows.TryGetValue(name, out string[]? allowed), $"{project}: a new project needs its arrows here and in docs/ARCHITECTURE.md");

        // The generator runs in the compiler; what it is attached to does not depend on it when it runs.
        string[] referenced = document.Descendants("ProjectReference")
            .Where(r => (string?)r.Attribute("OutputItemType") != "Analyzer")
            .Select(r => Path.GetFileNameWithoutExtension((string)r.Attribute("Include")!))
            .Order(StringComparer.Ordinal)
            .ToArray();
        Assert.Equal(allowed, referenced);
    }

    [Fact]
    public void Every_project_of_the_drawing_exists() =>
        Assert.Equal(s_arrows.Keys.Order(StringComparer.Ordinal), ProjectFiles().Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal));

    [Fact]
    public void Only_cctl_and_its_helper_are_executables()
    {
        string[] executables = ProjectFiles().Where(p => Repository.Read(p).Contains("<OutputType>Exe<", StringComparison.Ordinal)).ToArray();
        Assert.Equal(["src/cctl-images/cctl-images.csproj", "src/cctl/cctl.csproj"], executables.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> ProjectFiles() => Repository.Files("oci-spec", "*.csproj").Concat(Repository.Files("src", "*.csproj"));
}
