using System.Globalization;
using OciSpec;
using OciSpec.Image;
using Runtime.Documents;

namespace Runtime.Compose;

/// <summary>What the container that a config is composed for has on the host.</summary>
public sealed record ContainerPlace
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>Ids on the host of its user namespace; null for the host's own.</summary>
    public (List<IdMapping> Users, List<IdMapping> Groups)? Mappings { get; init; }

    /// <summary>Whether the mounts are idmapped to it: made by root, who keeps files as the container's own ids have them.</summary>
    public bool IdMaps { get; init; }

    /// <summary>Where the root is mounted, below the container's directory.</summary>
    public required string Root { get; init; }

    /// <summary>Writes a small file into the container's directory; its path.</summary>
    public required Func<string, byte[], string> Write { get; init; }

    /// <summary>Reads a file of the image; null where there is none.</summary>
    public required Func<string, byte[]?> Read { get; init; }
}

/// <summary>The config of a container on an image: docker's, in a user namespace of its own.</summary>
public static class ComposedConfig
{
    private const int HostnameLength = 12;
    private const long DefaultShmSize = 64 << 20;
    private const uint CpuPeriod = 100_000;

    private static readonly string[] s_masked =
    [
        "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi",
        "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
    ];

    private static readonly string[] s_readonly = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

    /// <summary>Composes it.</summary>
    /// <exception cref="ContainerException">An option cannot be carried out.</exception>
    public static RuntimeConfig Of(RunRequest request, ContainerDefaults image, ContainerPlace place)
    {
        bool hostsName = request.Uts == "host" || request.Network == "host";
        string hostname = request.Hostname ?? (hostsName ? Environment.MachineName : place.Id[..HostnameLength]);
        if (request.Uts == "host" && (request.Hostname ?? request.Domainname) is not null)
        {
            throw new ContainerException("--hostname: with --uts host the name is the host's");
        }

        SecurityOptions security = SecurityOptions.Parse(request.SecurityOptions);
        var devices = new List<LinuxDevice>();
        List<LinuxDeviceCgroup> rules = DeviceOption.Rules(request);
        if (request.Privileged)
        {
            DeviceOption.AddAll(devices);
        }

        foreach (string device in request.Devices)
        {
            DeviceOption.Add(device, devices, rules);
        }

        return new RuntimeConfig
        {
            OciVersion = RuntimeFeatures.SpecVersion,
            Process = new ProcessOptions(request, image, place.Read).Compose(hostname),
            Root = new RootSpec { Path = place.Root, Readonly = request.ReadOnly },
            Hostname = request.Uts == "host" ? null : hostname,
            Domainname = request.Domainname,
            Mounts = Mounts(request, place, hostname),
            Annotations = Annotations(request, image),
            Linux = new LinuxSection
            {
                Namespaces = Namespaces(request, place),
                UidMappings = place.Mappings?.Users,
                GidMappings = place.Mappings?.Groups,
                Devices = devices.Count == 0 ? null : devices,
                CgroupsPath = request.CgroupParent is { } parent ? CgroupPath(parent, place.Id) : null,
                Resources = Resources(request, rules),
                Sysctl = Sysctls(request),
                Seccomp = Seccomp(request, security),
                MaskedPaths = Paths(request, security, [.. s_masked, .. security.Masked]),
                ReadonlyPaths = Paths(request, security, s_readonly),
            },
        };
    }

    private static List<LinuxNamespace> Namespaces(RunRequest request, ContainerPlace place)
    {
        List<LinuxNamespace> all = [new() { Type = "mount" }];
        foreach ((string type, string value) in (ReadOnlySpan<(string, string)>)[("pid", request.Pid), ("ipc", request.Ipc), ("uts", request.Uts), ("cgroup", request.Cgroup)])
        {
            if (value is not ("private" or "host" or "shareable") || (value == "shareable" && type != "ipc"))
            {
                throw new ContainerException($"--{(type == "cgroup" ? "cgroupns" : type)} {value}: not supported: private and host are");
            }

            if (value != "host")
            {
                all.Add(new() { Type = type });
            }
        }

        if (request.Network != "host")
        {
            all.Add(new() { Type = "network", Path = request.Network.StartsWith("ns:", StringComparison.Ordinal) ? request.Network[3..] : null });
        }

        if (place.Mappings is not null)
        {
            all.Add(new() { Type = "user" });
        }

        return all;
    }

    private static List<Mount> Mounts(RunRequest request, ContainerPlace place, string hostname)
    {
        string access = request.Privileged ? "rw" : "ro";
        bool hasTerminals = place.Mappings is not { Groups: var groups } || groups.Exists(m => m.ContainerID <= 5 && m.ContainerID + m.Size > 5);
        List<string> terminals = ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"];
        if (hasTerminals)
        {
            terminals.Add("gid=5");
        }

        List<Mount> mounts =
        [
            Of("/proc", "proc", "proc", "nosuid", "noexec", "nodev"),
            Of("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
            new() { Destination = "/dev/pts", Type = "devpts", Source = "devpts", Options = terminals },
            Of("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", access),
            Of("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", access),
            Of("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"),
            Of("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", string.Create(CultureInfo.InvariantCulture, $"size={request.ShmSize ?? DefaultShmSize}")),
        ];
        List<Mount> own = [.. request.Tmpfs.Select(MountOption.Tmpfs), .. request.Mounts.Select(MountOption.Of), .. request.Volumes.Select(MountOption.Volume)];
        foreach ((string name, byte[] content) in (ReadOnlySpan<(string, byte[])>)
            [("resolv.conf", NetworkFiles.Resolver(request)), ("hostname", System.Text.Encoding.UTF8.GetBytes(hostname + "\n")), ("hosts", NetworkFiles.Hosts(request))])
        {
            string destination = "/etc/" + name;
            if (!own.Exists(m => m.Destination == destination))
            {
                own.Insert(0, new() { Destination = destination, Type = "bind", Source = place.Write(name, content), Options = ["rbind", "rprivate"] });
            }
        }

        foreach (Mount mount in own)
        {
            mounts.RemoveAll(m => m.Destination == mount.Destination!.TrimEnd('/')); // a mount of the person's takes a default's place
            if (place.IdMaps && mount.Type == "bind" && !mount.Options!.Contains("idmap"))
            {
                mount.Options!.Add("idmap");
            }
        }

        return [.. mounts, .. own];
    }

    private static Mount Of(string destination, string type, string source, params string[] options) =>
        new() { Destination = destination, Type = type, Source = source, Options = [.. options] };

    private static Dictionary<string, string>? Annotations(RunRequest request, ContainerDefaults image)
    {
        var annotations = new Dictionary<string, string>(StringComparer.Ordinal);
        if (image.StopSignal is { Length: > 0 } signal)
        {
            annotations["org.opencontainers.image.stopSignal"] = signal;
        }

        foreach (string text in request.Annotations)
        {
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            annotations[equals < 0 ? text : text[..equals]] = equals < 0 ? "" : text[(equals + 1)..];
        }

        return annotations.Count == 0 ? null : annotations;
    }

    // The systemd manager takes slice:prefix:name, cgroupfs a path.
    private static string CgroupPath(string parent, string id) =>
        parent.EndsWith(".slice", StringComparison.Ordinal) ? $"{parent}:cctl:{id}" : $"/{parent.Trim('/')}/{id}";

    private static LinuxResources Resources(RunRequest request, List<LinuxDeviceCgroup> rules)
    {
        if (request.Cpus is not null && (request.CpuQuota ?? (long?)request.CpuPeriod) is not null)
        {
            throw new ContainerException("--cpus: it is a quota in a period itself: leave --cpu-period and --cpu-quota out");
        }

        // docker: as much swap again as there is memory, unless it is said otherwise; the config's is the sum of both.
        long? swap = request.MemorySwap ?? (request.Memory is > 0 and < long.MaxValue / 2 ? request.Memory * 2 : null);
        LinuxMemory? memory = request.Memory is null && request.MemoryReservation is null && request.MemorySwap is null ? null
            : new() { Limit = request.Memory, Swap = swap, Reservation = request.MemoryReservation };
        long? quota = request.Cpus is decimal cpus ? (long)(cpus * CpuPeriod) : request.CpuQuota;
        ulong? period = request.Cpus is not null ? CpuPeriod : request.CpuPeriod;
        LinuxCpu? cpu = quota is null && period is null && request.CpuShares is null && request.CpusetCpus is null && request.CpusetMems is null ? null
            : new() { Quota = quota, Period = period, Shares = request.CpuShares, Cpus = request.CpusetCpus, Mems = request.CpusetMems };
        return new LinuxResources
        {
            Devices = rules,
            Memory = memory,
            Cpu = cpu,
            Pids = request.PidsLimit is long pids ? new LinuxPids { Limit = pids == 0 ? -1 : pids } : null,
        };
    }

    private static Dictionary<string, string>? Sysctls(RunRequest request)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        if (request.Network is "none")
        {
            all["net.ipv4.ip_unprivileged_port_start"] = "0"; // as docker: a server in a network of its own needs no right for port 80
        }

        foreach (string text in request.Sysctls)
        {
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
            {
                throw new ContainerException($"--sysctl {text}: it is NAME=VALUE");
            }

            all[text[..equals]] = text[(equals + 1)..];
        }

        return all.Count == 0 ? null : all;
    }

    private static LinuxSeccomp? Seccomp(RunRequest request, SecurityOptions security) => security.Seccomp switch
    {
        null when request.Privileged => null,
        null => DefaultSeccomp.For([.. CapabilityOptions.Names(request)]),
        "unconfined" => null,
        var file => SeccompFile.Read(file),
    };

    private static List<string>? Paths(RunRequest request, SecurityOptions security, IEnumerable<string> paths)
    {
        if (request.Privileged || security.Unmasked.Contains("ALL"))
        {
            return null;
        }

        return [.. paths.Where(p => !security.Unmasked.Contains(p))];
    }
}
