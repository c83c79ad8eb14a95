#pragma warning disable IDE0130, CA1813 // The compiler looks this attribute up by this very name.
namespace System.Runtime;

/// <summary>
/// Gives a method a symbol in the linked executable, without the frame that lets native code enter managed code: so it
/// can run before the .NET runtime is there. The NativeAOT compiler knows the attribute by its name.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RuntimeExportAttribute : Attribute
{
    /// <summary>Names the symbol.</summary>
    public RuntimeExportAttribute(string entryPoint) => EntryPoint = entryPoint;

    /// <summary>The symbol.</summary>
    public string EntryPoint { get; }
}
