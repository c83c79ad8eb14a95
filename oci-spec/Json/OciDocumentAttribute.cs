namespace OciSpec;

/// <summary>
/// Marks a document class whose JSON reader and writer are generated at build time.
/// The JSON name of a property is its C# name with the first letter in lower case, or what <see cref="JsonNameAttribute"/> says.
/// The code goes to <c>JsonDocuments</c> in the class's namespace; <c>JsonInput.Parse</c> and <see cref="JsonOutput.Write"/>
/// call it. A project of its own needs a reference to the generator's project with <c>OutputItemType="Analyzer"</c>.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class OciDocumentAttribute : Attribute;
