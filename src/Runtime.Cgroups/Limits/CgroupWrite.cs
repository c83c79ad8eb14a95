namespace Runtime.Cgroups.Limits;

/// <summary>One value for one interface file of a cgroup, before anything is written.</summary>
/// <param name="Pointer">JSON pointer of the value in the config.</param>
/// <param name="File">Name of the file, as <c>memory.max</c>.</param>
/// <param name="Value">What is written, in one write(2).</param>
public sealed record CgroupWrite(string Pointer, string File, string Value)
{
    /// <summary>To write instead where <see cref="File"/> does not exist; null where its absence is an error.</summary>
    public CgroupWrite? Otherwise { get; init; }

    /// <summary>The value asks for what holds anyway where the file does not exist, so its absence is no error.</summary>
    public bool MayBeMissing { get; init; }

    /// <summary>On EINVAL it is tried again after the others: the kernel checks it against one of them.</summary>
    public bool MayComeLater { get; init; }

    /// <summary>The controller that owns the file: the name up to its first dot.</summary>
    public string Controller => File[..File.IndexOf('.')];

    /// <summary><c>memory.max = 1048576</c>, for listings.</summary>
    public override string ToString() => string.Concat(File, " = ", Value.ReplaceLineEndings("\\n"));
}
