using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Unit.Tests.Architecture;

/// <summary>The version stands in one place, and the changelog knows it.</summary>
public sealed partial class VersionTests
{
    [Fact]
    public void The_newest_entry_of_the_changelog_is_the_version_of_the_sources()
    {
        string version = XDocument.Parse(Repository.Read("Directory.Build.props")).Descendants("VersionPrefix").Single().Value;
        Assert.Equal(version, Entries().Matches(Repository.Read("CHANGELOG.md"))[0].Groups[1].Value);
    }

    [Fact]
    public void No_project_has_a_version_of_its_own() =>
        Assert.DoesNotContain(Repository.Files(".", "*.csproj"), p => Repository.Read(p).Contains("<Version", StringComparison.Ordinal));

    [GeneratedRegex(@"^## \[(\d+\.\d+\.\d+)\] - (?:unreleased|\d{4}-\d\d-\d\d)$", RegexOptions.Multiline)]
    private static partial Regex Entries();
}
