namespace Runtime.Cgroups.Limits;

/// <summary>What a config's resources come to: writes in their order, and warnings for what cgroup v2 does not know.</summary>
/// <param name="strict">A warning is an error.</param>
public sealed class LimitList(bool strict)
{
    /// <summary>Pointer of the section that the resources stand in.</summary>
    public const string Root = "/linux/resources";

    /// <summary>The writes, in the order in which they are made.</summary>
    public List<CgroupWrite> Writes { get; } = [];

    /// <summary>One line each, with its pointer.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>The memory limit that must not be set below the present usage, in bytes (<c>checkBeforeUpdate</c>).</summary>
    public long? CheckedMemoryLimit { get; internal set; }

    internal void Add(string pointer, string file, string value) => Writes.Add(new CgroupWrite(Root + pointer, file, value));

    internal void Add(CgroupWrite write) => Writes.Add(write);

    /// <summary>A value that has no meaning here: a warning, or with strictness an error.</summary>
    internal void Ignore(string pointer, string why)
    {
        if (strict)
        {
            throw new CgroupException(Root + pointer, why);
        }

        Warnings.Add(string.Concat(Root, pointer, ": ", why, ", ignored"));
    }
}
