namespace OciSpec;

/// <summary>
/// A bundle's <c>config.json</c> (runtime-spec 1.3, config.md).
/// A property that is absent, or JSON null, is a C# null here; no default is filled in.
/// </summary>
[OciDocument]
public sealed class RuntimeConfig
{
    /// <summary><c>ociVersion</c>, required: SemVer 2.0 version of the specification that the file follows (config.md, specification version).</summary>
    public string? OciVersion { get; set; }

    /// <summary><c>root</c>: the container's root file system (config.md, root).</summary>
    public RootSpec? Root { get; set; }

    /// <summary><c>process</c>: what to run; needed by <c>start</c>, not by <c>create</c> (config.md, process).</summary>
    public ProcessSpec? Process { get; set; }

    /// <summary><c>hostname</c> in the container's uts namespace (config.md, hostname).</summary>
    public string? Hostname { get; set; }

    /// <summary><c>domainname</c> (NIS) in the container's uts namespace (config.md, domainname).</summary>
    public string? Domainname { get; set; }

    /// <summary><c>mounts</c> in addition to the root, mounted in this order (config.md, mounts).</summary>
    public List<Mount>? Mounts { get; set; }

    /// <summary><c>hooks</c> run at the stages of the container's life (config.md, POSIX-platform hooks).</summary>
    public Hooks? Hooks { get; set; }

    /// <summary><c>annotations</c>: arbitrary metadata; keys are not empty (config.md, annotations).</summary>
    public Dictionary<string, string>? Annotations { get; set; }

    /// <summary><c>linux</c>: the Linux section (config-linux.md).</summary>
    public LinuxSection? Linux { get; set; }

    /// <summary><c>solaris</c>: present or absent only; not for a Linux runtime (config-solaris.md).</summary>
    public RawSection? Solaris { get; set; }

    /// <summary><c>windows</c>: present or absent only; not for a Linux runtime (config-windows.md).</summary>
    public RawSection? Windows { get; set; }

    /// <summary><c>vm</c>: present or absent only; not for a runtime without a hypervisor (config-vm.md).</summary>
    public RawSection? Vm { get; set; }

    /// <summary><c>zos</c>: present or absent only; not for a Linux runtime (config-zos.md).</summary>
    public RawSection? Zos { get; set; }

    /// <summary><c>freebsd</c>: present or absent only; not for a Linux runtime (config-freebsd.md).</summary>
    public RawSection? Freebsd { get; set; }
}
