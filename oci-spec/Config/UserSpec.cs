namespace OciSpec;

/// <summary>Ids that the process runs as, in the container's user namespace (config.md, user).</summary>
[OciDocument]
public sealed class UserSpec
{
    /// <summary><c>uid</c>: user id; absent means 0.</summary>
    public uint? Uid { get; set; }

    /// <summary><c>gid</c>: group id; absent means 0.</summary>
    public uint? Gid { get; set; }

    /// <summary><c>umask</c>: umask(2) of the process, at most 0777 (octal); absent keeps the caller's.</summary>
    public uint? Umask { get; set; }

    /// <summary><c>additionalGids</c>: supplementary groups, setgroups(2).</summary>
    public List<uint>? AdditionalGids { get; set; }

    /// <summary><c>username</c>: Windows only, ignored on Linux.</summary>
    public string? Username { get; set; }
}
