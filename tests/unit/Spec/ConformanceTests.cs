using OciSpec;
using Unit.Tests.Architecture;

namespace Unit.Tests.Spec;

/// <summary>docs/CONFORMANCE.md leaves out no property of the specification's documents, and names tests that exist.</summary>
public sealed class ConformanceTests
{
    private static readonly string s_root = Repository.Root;

    [Fact]
    public void Every_property_has_a_row_and_every_row_a_property() =>
        Assert.Equal(
            JsonDocuments.Properties().Select(p => $"{p.Document}.{p.Name}").Order(StringComparer.Ordinal),
            Rows().Select(r => r.Property).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_test_that_a_row_names_exists_once() =>
        Assert.Empty(Rows().SelectMany(r => r.Tests).Select(t => t.Contains('.', StringComparison.Ordinal) ? TestNames.Problem(t) : $"{t}: a row names methods").OfType<string>().Distinct());

    [Fact]
    public void Every_row_says_what_proves_it() => Assert.DoesNotContain(Rows(), r => r.Tests.Any(t => t.Length == 0));

    private static IEnumerable<(string Property, string[] Tests)> Rows() =>
        from line in File.ReadLines(Path.Combine(s_root, "docs/CONFORMANCE.md"))
        where line.StartsWith("| ", StringComparison.Ordinal)
        let cells = line.Split('|', StringSplitOptions.TrimEntries)
        where cells[1] is not ("Property" or "---")
        select (cells[1], cells[2].Split(", "));
}
