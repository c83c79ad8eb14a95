using Runtime.Linux;

namespace Runtime.Owned;

/// <summary>The group, or monitoring group, that was made in resctrl for a container.</summary>
public sealed class OwnedResctrlGroup(string path) : OwnedResource
{
    internal const string Name = "resctrl";

    /// <summary>Its absolute path.</summary>
    public string Path => path;

    /// <inheritdoc/>
    public override string Kind => Name;

    /// <inheritdoc/>
    public override Dictionary<string, string> Facts => new() { ["path"] = path };

    /// <inheritdoc/>
    internal override void Release()
    {
        if (Sys.TryUnlinkAt(Abi.AT_FDCWD, path, Abi.AT_REMOVEDIR) is not (Errno.OK or Errno.ENOENT) and Errno errno)
        {
            RuntimeLog.Warn($"rmdir {path}: {errno.Name()}: the resctrl group stays");
        }
    }
}
