using System.Collections.Immutable;
using System.Text;
using Microsoft.CodeAnalysis;

namespace OciSpec.Generator;

/// <summary>
/// For each class marked <c>[OciDocument]</c> writes a reader over Utf8JsonReader and a writer over JsonWriter
/// into the class JsonDocuments of its namespace. JsonSerializer's own generator builds its metadata when it is first
/// used, and that costs more than the rest of a launch.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class DocumentGenerator : IIncrementalGenerator
{
    internal const string DocumentAttribute = "OciSpec.OciDocumentAttribute";
    internal const string HolderClass = "JsonDocuments";

    private static readonly DiagnosticDescriptor NoJsonForm = new(
        "OCI001", "A property's type has no JSON form", "{0} has a type that the document generator cannot read and write",
        "OciSpec", DiagnosticSeverity.Error, isEnabledByDefault: true);

    private static readonly DiagnosticDescriptor TooMany = new(
        "OCI002", "A document has more than 64 properties", "{0} has more than 64 properties, and 64 is what its reader can tell apart",
        "OciSpec", DiagnosticSeverity.Error, isEnabledByDefault: true);

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        IncrementalValuesProvider<DocumentModel> documents = context.SyntaxProvider.ForAttributeWithMetadataName(
            DocumentAttribute, static (_, _) => true, static (found, _) => DocumentModel.From((INamedTypeSymbol)found.TargetSymbol));
        context.RegisterSourceOutput(documents, Document);
        context.RegisterSourceOutput(documents.Collect(), Tables);
    }

    private static void Document(SourceProductionContext context, DocumentModel document)
    {
        if (document.Fault.Length > 0)
        {
            string[] fault = document.Fault.Split('|');
            context.ReportDiagnostic(Diagnostic.Create(fault[0] == "OCI001" ? NoJsonForm : TooMany, document.At, fault[1]));
            return;
        }

        context.AddSource($"{document.Namespace}.{document.Name}.g.cs", document.Source);
    }

    private static void Tables(SourceProductionContext context, ImmutableArray<DocumentModel> documents)
    {
        foreach (IGrouping<string, DocumentModel> group in documents.GroupBy(d => d.Namespace))
        {
            var rows = new StringBuilder();
            foreach (DocumentModel document in group)
            {
                rows.Append(document.Table);
            }

            context.AddSource($"{group.Key}.Properties.g.cs", Emitter.Table(group.Key, rows.ToString()));
        }
    }
}
