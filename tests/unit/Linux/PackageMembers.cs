using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Tmds.Linux;

namespace Unit.Tests.Linux;

/// <summary>What the executables take from the package Tmds.LibC, read from the references in their assemblies.</summary>
internal static class PackageMembers
{
    private static readonly Assembly s_package = typeof(LibC).Assembly;

    /// <summary>Constants, which are properties there.</summary>
    public static IEnumerable<string> Constants => References()
        .Where(r => r.Type == nameof(LibC) && r.Member.StartsWith("get_", StringComparison.Ordinal) && r.Member != "get_errno")
        .Select(r => r.Member["get_".Length..])
        .Distinct();

    /// <summary>Structs, without C's names of integers such as size_t.</summary>
    public static IEnumerable<Type> Structs => References()
        .Select(r => s_package.GetType("Tmds.Linux." + r.Type)!)
        .Where(t => t is { IsValueType: true } && !t.Name.EndsWith("_t", StringComparison.Ordinal))
        .Distinct();

    /// <summary>What C calls a field: those behind properties have the compiler's name for them, or begin with a line.</summary>
    public static string CName(FieldInfo field) => field.Name.Replace("<", null, StringComparison.Ordinal).Replace(">k__BackingField", null, StringComparison.Ordinal).TrimStart('_');

    private static IEnumerable<(string Type, string Member)> References() =>
        Directory.GetFiles(AppContext.BaseDirectory, "*.dll").Where(f => Path.GetFileName(f) is var name && (name.StartsWith("Runtime", StringComparison.Ordinal) || name.StartsWith("cctl", StringComparison.Ordinal))).SelectMany(References);

    private static List<(string Type, string Member)> References(string file)
    {
        using var assembly = new PEReader(File.OpenRead(file));
        MetadataReader metadata = assembly.GetMetadataReader();
        var found = new List<(string, string)>();
        foreach (MemberReferenceHandle handle in metadata.MemberReferences)
        {
            MemberReference member = metadata.GetMemberReference(handle);
            if (member.Parent.Kind == HandleKind.TypeReference && TypeName(metadata, (TypeReferenceHandle)member.Parent) is string type)
            {
                found.Add((type, metadata.GetString(member.Name)));
            }
        }

        // A struct that is only named, as in sizeof or a pointer, has no member that is referred to.
        found.AddRange(metadata.TypeReferences.Select(t => TypeName(metadata, t)).OfType<string>().Select(t => (t, string.Empty)));
        return found;
    }

    private static string? TypeName(MetadataReader metadata, TypeReferenceHandle handle)
    {
        TypeReference type = metadata.GetTypeReference(handle);
        return type.ResolutionScope.Kind == HandleKind.AssemblyReference
            && metadata.GetString(metadata.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope).Name) == s_package.GetName().Name
                ? metadata.GetString(type.Name)
                : null;
    }
}
