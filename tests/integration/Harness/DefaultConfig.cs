using OciSpec;

namespace Integration.Tests.Harness;

/// <summary>A plain config to start a test from: every namespace but user and time, root with few capabilities, no terminal.</summary>
internal static class DefaultConfig
{
    private static readonly string[] CapabilityNames = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"];

    /// <summary>A config of its own that runs <paramref name="arguments"/> on the bundle's rootfs directory.</summary>
    public static RuntimeConfig For(params string[] arguments) => new()
    {
        OciVersion = "1.3.0",
        Root = new() { Path = "rootfs" },
        Hostname = "guest",
        Process = new()
        {
            User = new() { Uid = 0, Gid = 0 },
            Args = [.. arguments],
            Env = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
            Cwd = "/",
            Capabilities = new() { Bounding = [.. CapabilityNames], Effective = [.. CapabilityNames], Permitted = [.. CapabilityNames] },
            Rlimits = [new() { Type = "RLIMIT_NOFILE", Soft = 1024, Hard = 1024 }],
            NoNewPrivileges = true,
        },
        Mounts = Mounts(),
        Linux = new()
        {
            Namespaces = [new() { Type = "pid" }, new() { Type = "network" }, new() { Type = "ipc" }, new() { Type = "uts" }, new() { Type = "mount" }, new() { Type = "cgroup" }],
            MaskedPaths = ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware"],
            ReadonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
        },
    };

    private static List<Mount> Mounts() =>
    [
        new() { Destination = "/proc", Type = "proc", Source = "proc" },
        new() { Destination = "/dev", Type = "tmpfs", Source = "tmpfs", Options = ["nosuid", "strictatime", "mode=755", "size=65536k"] },
        new() { Destination = "/dev/pts", Type = "devpts", Source = "devpts", Options = ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"] },
        new() { Destination = "/dev/shm", Type = "tmpfs", Source = "shm", Options = ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"] },
        new() { Destination = "/dev/mqueue", Type = "mqueue", Source = "mqueue", Options = ["nosuid", "noexec", "nodev"] },
        new() { Destination = "/sys", Type = "sysfs", Source = "sysfs", Options = ["nosuid", "noexec", "nodev", "ro"] },
        new() { Destination = "/sys/fs/cgroup", Type = "cgroup", Source = "cgroup", Options = ["nosuid", "noexec", "nodev", "relatime", "ro"] },
    ];
}
