using Microsoft.CodeAnalysis;

namespace OciSpec.Generator;

/// <summary>How one property is read, written and shown in the table: C# text that goes into the generated file.</summary>
internal sealed class PropertyKind
{
    private PropertyKind(string read, string write, string shown)
    {
        Read = read;
        Write = write;
        Shown = shown;
    }

    /// <summary>Expression that reads the value from <c>input</c>.</summary>
    public string Read { get; }

    /// <summary>Statement that writes the value <c>x</c> to <c>output</c>, the name being written already.</summary>
    public string Write { get; }

    /// <summary>The type as the table of properties shows it.</summary>
    public string Shown { get; }

    /// <summary>The kind of a type, or null when it has no JSON form here.</summary>
    public static PropertyKind? Of(ITypeSymbol type)
    {
        if (type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable)
        {
            return Scalar(nullable.TypeArguments[0].SpecialType);
        }

        if (type.SpecialType == SpecialType.System_String)
        {
            return new PropertyKind("input.ReadString()", "output.WriteStringValue(x);", "string");
        }

        if (type is not INamedTypeSymbol named)
        {
            return null;
        }

        if (IsDocument(named))
        {
            return new PropertyKind($"{Owner(named)}.Read{named.Name}(ref input)", $"{Owner(named)}.Write{named.Name}(output, x);", named.Name);
        }

        return named.ToDisplayString(NameOnly) switch
        {
            "OciSpec.RawSection" => new PropertyKind("input.ReadRaw()", "output.WriteRawValue(x.Utf8);", "any"),
            "System.Collections.Generic.List" => Collection(named.TypeArguments[0], "List", "[]"),
            "System.Collections.Generic.Dictionary" when named.TypeArguments[0].SpecialType == SpecialType.System_String
                => Collection(named.TypeArguments[1], "Map", "{}"),
            _ => null,
        };
    }

    private static PropertyKind? Scalar(SpecialType type) => type switch
    {
        SpecialType.System_Boolean => new PropertyKind("input.ReadBoolean()", "output.WriteBooleanValue(x);", "boolean"),
        SpecialType.System_UInt16 => Number("UInt16"),
        SpecialType.System_Int32 => Number("Int32"),
        SpecialType.System_UInt32 => Number("UInt32"),
        SpecialType.System_Int64 => Number("Int64"),
        SpecialType.System_UInt64 => Number("UInt64"),
        _ => null,
    };

    private static PropertyKind Number(string name)
        => new($"input.Read{name}()", "output.WriteNumberValue(x);", name.ToLowerInvariant());

    private static PropertyKind? Collection(ITypeSymbol element, string form, string shown)
    {
        if (element is INamedTypeSymbol named && IsDocument(named))
        {
            string name = named.Name + form;
            return new PropertyKind($"{Owner(named)}.Read{name}(ref input)", $"{Owner(named)}.Write{name}(output, x);", named.Name + shown);
        }

        string? scalar = (element.SpecialType, form) switch
        {
            (SpecialType.System_String, _) => "String",
            (SpecialType.System_UInt32, "List") => "UInt32",
            (SpecialType.System_Int64, "List") => "Int64",
            _ => element.ToDisplayString(NameOnly) == "OciSpec.RawSection" && form == "Map" ? "Raw" : null,
        };
        return scalar is null ? null : new PropertyKind(
            $"input.Read{scalar}{form}()", $"global::OciSpec.JsonOutput.Write{scalar}{form}(output, x);",
            (scalar == "Raw" ? "any" : scalar.ToLowerInvariant()) + shown);
    }

    private static bool IsDocument(INamedTypeSymbol type)
    {
        foreach (AttributeData attribute in type.GetAttributes())
        {
            if (attribute.AttributeClass?.ToDisplayString() == DocumentGenerator.DocumentAttribute)
            {
                return true;
            }
        }

        return false;
    }

    private static string Owner(INamedTypeSymbol type)
        => $"global::{type.ContainingNamespace.ToDisplayString()}.{DocumentGenerator.HolderClass}";

    private static readonly SymbolDisplayFormat NameOnly = new(
        typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameAndContainingTypesAndNamespaces,
        genericsOptions: SymbolDisplayGenericsOptions.None);
}
