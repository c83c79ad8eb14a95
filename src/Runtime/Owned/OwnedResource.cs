namespace Runtime.Owned;

/// <summary>
/// Something on the host that a container has and that outlives its processes. A container's record lists what it owns in the order
/// in which it was made, each entry before the thing itself exists; whoever deletes the container releases them in reverse. So
/// nothing is left behind, wherever a cctl process is killed.
/// </summary>
/// <remarks>A new kind is a class here and a line in <see cref="OwnedResources.Of"/>.</remarks>
public abstract class OwnedResource
{
    /// <summary>What it is, in the record.</summary>
    public abstract string Kind { get; }

    /// <summary>By what another process finds it again: the names and values of its entry in the record.</summary>
    public abstract Dictionary<string, string> Facts { get; }

    /// <summary>
    /// Takes it away. No process of the container is left by then. It may be there, half made, or gone: none of these is an error,
    /// and a release that was killed may be repeated.
    /// </summary>
    /// <exception cref="ContainerException">
    /// It stays for now: the container stays with it, and can be deleted again. What will never go is a warning instead.
    /// </exception>
    internal abstract void Release();
}
