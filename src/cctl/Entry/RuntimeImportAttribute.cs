#pragma warning disable IDE0130, CA1813 // The compiler looks this attribute up by this very name.
namespace System.Runtime;

/// <summary>
/// Binds an extern method to a symbol of the linked executable. The NativeAOT compiler knows it by name; its own copy
/// is internal to the core library.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RuntimeImportAttribute : Attribute
{
    /// <summary>Names the symbol.</summary>
    public RuntimeImportAttribute(string dllName, string entryPoint)
    {
        DllName = dllName;
        EntryPoint = entryPoint;
    }

    /// <summary>Always "*": the executable itself.</summary>
    public string DllName { get; }

    /// <summary>The symbol.</summary>
    public string EntryPoint { get; }
}
