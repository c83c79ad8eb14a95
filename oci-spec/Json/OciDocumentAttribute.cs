namespace OciSpec;

/// <summary>
/// Marks a document class whose JSON reader and writer are generated at build time.
/// The JSON name of a property is its C# name with the first letter in lower case.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class OciDocumentAttribute : Attribute;
