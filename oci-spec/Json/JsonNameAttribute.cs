namespace OciSpec;

/// <summary>Gives the JSON name of a property where it is not the C# name with the first letter in lower case.</summary>
/// <param name="name">Name in the file.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class JsonNameAttribute(string name) : Attribute
{
    /// <summary>Name in the file.</summary>
    public string Name => name;
}
