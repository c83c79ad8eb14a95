using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Unit.Tests.Architecture;

/// <summary>The tests of the source tree by name: the integration tests are no part of this program.</summary>
internal static class TestNames
{
    private static readonly Lazy<ILookup<string, string>> s_places = new(Places);

    /// <summary>What is wrong with a test's name as a document has it, Class or Class.Method; null: it is of exactly one class.</summary>
    public static string? Problem(string name) => s_places.Value[name].Distinct().Count() switch
    {
        0 => $"{name}: no [Fact] or [Theory] is called that",
        1 => null,
        int count => $"{name}: {count} classes have that",
    };

    // For each Class and Class.Method, the namespaces of the classes.
    private static ILookup<string, string> Places() =>
        Found().SelectMany(t => new[] { (Name: t.Class, t.Space), (Name: $"{t.Class}.{t.Method}", t.Space) }).ToLookup(t => t.Name, t => t.Space, StringComparer.Ordinal);

    private static IEnumerable<(string Space, string Class, string Method)> Found() =>
        from file in CSharpFile.All
        where file.Path.StartsWith("tests/", StringComparison.Ordinal)
        from method in file.Root.DescendantNodes().OfType<MethodDeclarationSyntax>()
        where method.AttributeLists.SelectMany(l => l.Attributes).Any(a => a.Name.ToString() is "Fact" or "Theory")
        let type = (TypeDeclarationSyntax)method.Parent!
        select (type.Ancestors().OfType<BaseNamespaceDeclarationSyntax>().First().Name.ToString(), type.Identifier.Text, method.Identifier.Text);
}
