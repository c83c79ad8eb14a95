using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace OciSpec.Generator;

/// <summary>
/// What the generator keeps of one marked class: finished text only, so that an edit elsewhere compares equal and costs nothing.
/// </summary>
internal sealed class DocumentModel : IEquatable<DocumentModel>
{
    private DocumentModel(string ns, string name, string source, string table, string fault, Location? at)
    {
        Namespace = ns;
        Name = name;
        Source = source;
        Table = table;
        Fault = fault;
        At = at;
    }

    public string Namespace { get; }

    public string Name { get; }

    /// <summary>The generated file.</summary>
    public string Source { get; }

    /// <summary>The class's rows of the table of properties.</summary>
    public string Table { get; }

    /// <summary>Id of the diagnostic and what it is about, <c>OCI001|what</c>; empty when all is well.</summary>
    public string Fault { get; }

    /// <summary>Where the fault is; not part of equality.</summary>
    public Location? At { get; }

    public static DocumentModel From(INamedTypeSymbol type)
    {
        string ns = type.ContainingNamespace.ToDisplayString();
        var properties = ImmutableArray.CreateBuilder<(string Property, string Json, PropertyKind Kind)>();
        foreach (ISymbol member in type.GetMembers())
        {
            if (member is not IPropertySymbol { IsStatic: false, DeclaredAccessibility: Accessibility.Public, SetMethod: not null } property)
            {
                continue;
            }

            if (PropertyKind.Of(property.Type) is not { } kind)
            {
                return new DocumentModel(ns, type.Name, "", "", $"OCI001|{type.Name}.{property.Name}", property.Locations[0]);
            }

            properties.Add((property.Name, JsonName(property), kind));
        }

        if (properties.Count > 64)
        {
            return new DocumentModel(ns, type.Name, "", "", "OCI002|" + type.Name, type.Locations[0]);
        }

        string access = type.DeclaredAccessibility == Accessibility.Public ? "public" : "internal";
        return new DocumentModel(ns, type.Name, Emitter.Document(ns, type.Name, access, properties), Emitter.Rows(type.Name, properties), "", null);
    }

    public bool Equals(DocumentModel? other)
        => other is not null && Namespace == other.Namespace && Name == other.Name && Source == other.Source && Fault == other.Fault;

    public override bool Equals(object? obj) => Equals(obj as DocumentModel);

    public override int GetHashCode() => Source.GetHashCode();

    private static string JsonName(IPropertySymbol property)
    {
        foreach (AttributeData attribute in property.GetAttributes())
        {
            if (attribute.AttributeClass?.ToDisplayString() == "OciSpec.JsonNameAttribute")
            {
                return (string)attribute.ConstructorArguments[0].Value!;
            }
        }

        return char.ToLowerInvariant(property.Name[0]) + property.Name.Substring(1);
    }
}
