namespace Runtime.Checkpoint;

/// <summary>What criu is asked to do; <c>criu_req_type</c> of its images/rpc.proto.</summary>
internal enum CriuRequestType
{
    /// <summary>Write the images of a process tree.</summary>
    Dump = 1,

    /// <summary>Make a process tree from images.</summary>
    Restore = 2,

    /// <summary>Write memory only, and let the tree go on.</summary>
    PreDump = 4,

    /// <summary>Of criu to its caller: something is to be done, or was reached.</summary>
    Notify = 6,
}

/// <summary>How criu treats cgroups; <c>criu_cg_mode</c> of its images/rpc.proto.</summary>
public enum CgroupsMode
{
    /// <summary>Not at all: the processes stay in the cgroup that the runtime made.</summary>
    Ignore = 0,

    /// <summary>The cgroups must be there.</summary>
    None = 1,

    /// <summary>As none, and their properties are restored.</summary>
    Props = 2,

    /// <summary>Those that are missing are made, with their properties.</summary>
    Soft = 3,

    /// <summary>All are made, with their properties.</summary>
    Full = 4,

    /// <summary>All are made; none may be there.</summary>
    Strict = 5,
}

/// <summary>A request to <c>criu swrk</c>: <c>criu_req</c> with its <c>criu_opts</c>. Descriptors are this process's own numbers.</summary>
internal sealed class CriuRequest
{
    /// <summary>What to do.</summary>
    public required CriuRequestType Type { get; init; }

    /// <summary>The directory of the images.</summary>
    public required int ImagesFd { get; init; }

    /// <summary>The directory of the log and of what criu keeps while it works.</summary>
    public required int WorkFd { get; init; }

    /// <summary>The log's name in that directory.</summary>
    public required string LogFile { get; init; }

    /// <summary>The root of the tree: of a dump its first process; 0 for a restore.</summary>
    public int Pid { get; init; }

    /// <summary>The root filesystem on the host; for a restore a mount point in criu's mount namespace.</summary>
    public required string Root { get; init; }

    /// <summary>The options that dump and restore share.</summary>
    public required CriuSwitches Switches { get; init; }

    /// <summary>The cgroup that is frozen while criu looks; null for none.</summary>
    public string? FreezeCgroup { get; init; }

    /// <summary>Where the tree's cgroups are to be, relative to the cgroup mount; null as they were.</summary>
    public string? CgroupRoot { get; set; }

    /// <summary>
    /// A directory in which <c>unified</c> is the host's cgroup2 filesystem; null where there is none. Without it criu mounts
    /// that filesystem itself, with no options: they are the filesystem's own, and the host loses nsdelegate by it.
    /// </summary>
    public string? CgroupYard { get; init; }

    /// <summary>What lies outside of the tree, in criu's own notation.</summary>
    public List<string> External { get; } = [];

    /// <summary>Descriptors of criu's that take the place of what was outside, by their key.</summary>
    public List<(string Key, int Fd)> Inherited { get; } = [];

    /// <summary>Namespaces that the tree enters instead of one of its own: kind and path.</summary>
    public List<(string Kind, string Path)> Joined { get; } = [];

    /// <summary>The message.</summary>
    public byte[] Encode()
    {
        var request = new ProtobufWriter();
        request.Number(1, (int)Type);
        request.Message(2, Options);
        return request.ToArray();
    }

    private void Options(ProtobufWriter options)
    {
        const int LogEverything = 4;
        bool restore = Type == CriuRequestType.Restore;
        options.Number(1, ImagesFd);
        if (Pid > 0)
        {
            options.Number(2, Pid);
        }

        options.Flag(6, restore); // evasive_devices: a device's path may lead elsewhere now.
        options.Number(9, LogEverything);
        options.Text(10, LogFile);
        options.Flag(12, true); // notify_scripts
        options.Text(13, Root);
        options.Number(17, WorkFd);
        options.Flag(26, restore); // rst_sibling: the tree's root becomes this process's child, not criu's.
        options.Flag(50, true); // orphan_pts_master: the terminal's master is outside.
        options.Text(44, FreezeCgroup);
        options.Text(60, CgroupYard);
        Switches.Encode(options, Type);
        if (CgroupRoot is string cgroup)
        {
            options.Message(25, root => root.Text(2, cgroup));
        }

        foreach ((string key, int fd) in Inherited)
        {
            options.Message(27, inherited =>
            {
                inherited.Text(1, key);
                inherited.Number(2, fd);
            });
        }

        foreach (string external in External)
        {
            options.Text(37, external);
        }

        foreach ((string kind, string path) in Joined)
        {
            options.Message(39, joined =>
            {
                joined.Text(1, kind);
                joined.Text(2, path);
            });
        }
    }
}
