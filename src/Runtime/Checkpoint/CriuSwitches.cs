namespace Runtime.Checkpoint;

/// <summary>What a caller may ask of criu in <c>checkpoint</c> and <c>restore</c>; criu(8) describes each.</summary>
public sealed record CriuSwitches
{
    /// <summary>Established TCP connections are kept.</summary>
    public bool TcpEstablished { get; init; }

    /// <summary>Established TCP connections are closed on restore.</summary>
    public bool TcpClose { get; init; }

    /// <summary>Unix sockets whose other end is outside are allowed.</summary>
    public bool ExternalUnixSockets { get; init; }

    /// <summary>The session's leader, or its terminal, is outside.</summary>
    public bool ShellJob { get; init; }

    /// <summary>File locks are kept.</summary>
    public bool FileLocks { get; init; }

    /// <summary>Images that a later one makes superfluous are emptied.</summary>
    public bool AutoDedup { get; init; }

    /// <summary>Memory is fetched when it is touched.</summary>
    public bool LazyPages { get; init; }

    /// <summary>Dump only: the tree goes on.</summary>
    public bool LeaveRunning { get; init; }

    /// <summary>Dump only: directory of the earlier images, relative to the images' own.</summary>
    public string? ParentImages { get; init; }

    /// <summary>Dump only: address of the page server; null for none.</summary>
    public string? PageServerAddress { get; init; }

    /// <summary>Its port.</summary>
    public int PageServerPort { get; init; }

    /// <summary>Namespaces that are restored without their content: CLONE_NEWNET, or 0.</summary>
    public uint EmptyNamespaces { get; init; }

    /// <summary>How cgroups are treated.</summary>
    public CgroupsMode Cgroups { get; init; } = CgroupsMode.Soft;

    /// <summary>Restore only: <c>apparmor:NAME</c> or <c>selinux:LABEL</c> in the place of the recorded one.</summary>
    public string? LsmProfile { get; init; }

    /// <summary>Restore only: the SELinux context of mounts.</summary>
    public string? LsmMountContext { get; init; }

    /// <summary>A configuration file of criu's, whose settings come before these.</summary>
    public string? ConfigFile { get; init; }

    internal void Encode(ProtobufWriter options, CriuRequestType type)
    {
        bool restore = type == CriuRequestType.Restore;
        bool memoryOnly = type == CriuRequestType.PreDump;
        options.Flag(3, LeaveRunning && !restore);
        options.Flag(4, ExternalUnixSockets);
        options.Flag(5, TcpEstablished);
        options.Flag(7, ShellJob);
        options.Flag(8, FileLocks);
        if (PageServerAddress is string address && !restore)
        {
            options.Message(11, server =>
            {
                server.Text(1, address);
                server.Number(2, PageServerPort);
            });
        }

        options.Text(14, restore ? null : ParentImages);
        options.Flag(15, memoryOnly || (ParentImages is not null && !restore)); // track_mem: the next dump writes what changed.
        options.Flag(16, AutoDedup);
        options.Number(34, (int)Cgroups);
        if (EmptyNamespaces != 0)
        {
            options.Number(38, (int)EmptyNamespaces);
        }

        options.Flag(48, LazyPages);
        options.Text(51, ConfigFile);
        options.Flag(52, TcpClose);
        options.Text(53, restore ? LsmProfile : null);
        options.Text(63, restore ? LsmMountContext : null);
    }
}
