using Unit.Tests.Architecture;

namespace Unit.Tests.Spec;

/// <summary>docs/SECURITY.md names tests that exist, and no class of attacks on the published executable is left out of it.</summary>
public sealed class SecurityTableTests
{
    [Fact]
    public void Every_test_that_a_row_names_exists_once()
    {
        Assert.Empty(Named().Select(TestNames.Problem).OfType<string>().Distinct());
        Assert.True(Named().Count > 40);
    }

    [Fact]
    public void Every_class_of_attacks_stands_in_a_row()
    {
        HashSet<string> named = [.. Named().Select(t => t.Split('.')[0])];
        IEnumerable<string> attacks = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests/integration/Security"), "*Tests.cs", SearchOption.AllDirectories).Select(f => Path.GetFileNameWithoutExtension(f)!);
        Assert.DoesNotContain(attacks, a => !named.Contains(a));
    }

    /// <summary>The attacker's position is the directory: what a test may do follows from it.</summary>
    [Fact]
    public void Every_class_of_attacks_stands_in_the_directory_of_its_attackers_position()
    {
        string security = Path.Combine(Repository.Root, "tests/integration/Security");
        IEnumerable<string> places = Directory.EnumerateFiles(security, "*Tests.cs", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(security, Path.GetDirectoryName(f)!));
        Assert.Equal(["FromAuthor", "FromGuest", "FromHostUser", "FromImage"], places.Distinct().Order(StringComparer.Ordinal));
    }

    private static List<string> Named() =>
    [
        .. from line in File.ReadLines(Path.Combine(Repository.Root, "docs/SECURITY.md"))
           where line.StartsWith("| ", StringComparison.Ordinal)
           let cells = line.Split('|', StringSplitOptions.TrimEntries)
           where cells[1] is not ("Attack" or "---")
           from test in cells[3].Split(", ")
           select test,
    ];
}
