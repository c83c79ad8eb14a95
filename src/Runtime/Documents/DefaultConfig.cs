using OciSpec;

namespace Runtime.Documents;

/// <summary>The configuration that <c>spec</c> writes; in meaning the one that <c>runc spec</c> writes, which callers and tutorials know.</summary>
public static class DefaultConfig
{
    /// <summary>Makes the configuration.</summary>
    /// <param name="rootless">For a user without root, whose ids become the guest's root.</param>
    /// <param name="uid">The user's uid.</param>
    /// <param name="gid">The user's gid.</param>
    public static RuntimeConfig Make(bool rootless, uint uid, uint gid) => new()
    {
        OciVersion = RuntimeFeatures.SpecVersion,
        Process = new ProcessSpec
        {
            Terminal = true,
            User = new UserSpec { Uid = 0, Gid = 0 },
            Args = ["sh"],
            Env = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
            Cwd = "/",
            Capabilities = new Capabilities { Bounding = Caps(), Effective = Caps(), Permitted = Caps() },
            Rlimits = [new Rlimit { Type = "RLIMIT_NOFILE", Hard = 1024, Soft = 1024 }],
            NoNewPrivileges = true,
        },
        Root = new RootSpec { Path = "rootfs", Readonly = true },
        Hostname = "cctl",
        Mounts = Mounts(rootless),
        Linux = Linux(rootless, uid, gid),
    };

    private static List<string> Caps() => ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"];

    private static LinuxSection Linux(bool rootless, uint uid, uint gid)
    {
        List<string> types = ["pid", "ipc", "uts", "mount", "cgroup"];
        if (rootless)
        {
            types.Add("user"); // Without root nobody could set up a network of its own: the host's is shared.
        }
        else
        {
            types.Add("network");
        }

        return new LinuxSection
        {
            UidMappings = rootless ? [new IdMapping { ContainerID = 0, HostID = uid, Size = 1 }] : null,
            GidMappings = rootless ? [new IdMapping { ContainerID = 0, HostID = gid, Size = 1 }] : null,
            Resources = rootless ? null : new LinuxResources { Devices = [new LinuxDeviceCgroup { Allow = false, Access = "rwm" }] },
            Namespaces = types.ConvertAll(type => new LinuxNamespace { Type = type }),
            MaskedPaths =
            [
                "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
                "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi",
            ],
            ReadonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
        };
    }

    private static List<Mount> Mounts(bool rootless) =>
    [
        Of("/proc", "proc", "proc"),
        Of("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
        rootless
            ? Of("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620")
            : Of("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"),
        Of("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k"),
        Of("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"),
        rootless
            ? Of("/sys", "none", "/sys", "rbind", "nosuid", "noexec", "nodev", "ro") // sysfs belongs to the network namespace, the host's here.
            : Of("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro"),
        Of("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro"),
    ];

    private static Mount Of(string destination, string type, string source, params string[] options) =>
        new() { Destination = destination, Type = type, Source = source, Options = options.Length == 0 ? null : [.. options] };
}
