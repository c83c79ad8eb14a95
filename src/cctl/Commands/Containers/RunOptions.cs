using System.CommandLine;
using System.Globalization;
using Cctl.Cli;
using Runtime;
using Runtime.Compose;
using Runtime.Linux;

namespace Cctl.Commands.Containers;

/// <summary>The options of <c>run IMAGE</c>, by the names that docker gives them.</summary>
internal sealed class RunOptions
{
    private readonly Option<string?> _name = Globals.Text("--name", "NAME", "the container's name (default: one is made up)");
    private readonly Option<bool> _interactive = Globals.Flag("--interactive", "keep standard input open", "-i");
    private readonly Option<bool> _tty = Globals.Flag("--tty", "make a terminal", "-t");
    private readonly Option<bool> _remove = Globals.Flag("--rm", "remove the container when its process ends");
    private readonly Option<string[]> _env = Globals.List("--env", "NAME[=VALUE]", "set an environment variable; without a value, the caller's", "-e");
    private readonly Option<string[]> _envFile = Globals.List("--env-file", "FILE", "lines NAME=VALUE");
    private readonly Option<string[]> _volume = Globals.List("--volume", "DIR:PATH[:ro]", "show a directory of the host in the container", "-v");
    private readonly Option<string[]> _mount = Globals.List("--mount", "FIELDS", "type=bind,src=DIR,dst=PATH[,ro] or type=tmpfs,dst=PATH[,tmpfs-size=SIZE]");
    private readonly Option<string[]> _tmpfs = Globals.List("--tmpfs", "PATH[:OPTIONS]", "mount a tmpfs");
    private readonly Option<string?> _workdir = Globals.Text("--workdir", "DIR", "the working directory", "-w");
    private readonly Option<string?> _user = Globals.Text("--user", "USER[:GROUP]", "run as this user, by name or number", "-u");
    private readonly Option<string[]> _groups = Globals.List("--group-add", "GROUP", "a further group");
    private readonly Option<string?> _umask = Globals.Text("--umask", "OCTAL", "the file mode creation mask");
    private readonly Option<string?> _entrypoint = Globals.Text("--entrypoint", "PROGRAM", "in the place of the image's entry point");
    private readonly Option<string?> _hostname = Globals.Text("--hostname", "NAME", "the host name", "-h");
    private readonly Option<string?> _domainname = Globals.Text("--domainname", "NAME", "the NIS domain name");
    private readonly Option<bool> _readOnly = Globals.Flag("--read-only", "make the root filesystem read-only");
    private readonly Option<string[]> _capAdd = Globals.List("--cap-add", "CAPABILITY", "a further capability, or ALL");
    private readonly Option<string[]> _capDrop = Globals.List("--cap-drop", "CAPABILITY", "take a capability away, or ALL");
    private readonly Option<string[]> _security = Globals.List("--security-opt", "OPTION", "no-new-privileges, seccomp=FILE|unconfined, apparmor=PROFILE, label=LABEL, mask=PATH, unmask=PATH|ALL");
    private readonly Option<bool> _privileged = Globals.Flag("--privileged", "all capabilities and devices, no filter, the host's user namespace");
    private readonly Option<string[]> _device = Globals.List("--device", "DEVICE[:PATH[:rwm]]", "give it a device of the host");
    private readonly Option<string[]> _deviceRule = Globals.List("--device-cgroup-rule", "RULE", "allow devices, as \"c 42:* rmw\"");
    private readonly Option<string?> _memory = Globals.Text("--memory", "BYTES", "memory limit, such as 512m", "-m");
    private readonly Option<string?> _memorySwap = Globals.Text("--memory-swap", "BYTES", "memory and swap together; -1: no limit");
    private readonly Option<string?> _memoryReservation = Globals.Text("--memory-reservation", "BYTES", "memory that is kept for it as long as there is any");
    private readonly Option<string?> _cpus = Globals.Text("--cpus", "NUMBER", "CPUs' time that it may use, such as 1.5");
    private readonly Option<string?> _cpuShares = Globals.Text("--cpu-shares", "SHARES", "CPU shares, 2 to 262144", "-c");
    private readonly Option<string?> _cpuPeriod = Globals.Text("--cpu-period", "MICROSECONDS", "length of a period");
    private readonly Option<string?> _cpuQuota = Globals.Text("--cpu-quota", "MICROSECONDS", "CPU time in each period");
    private readonly Option<string?> _cpusetCpus = Globals.Text("--cpuset-cpus", "LIST", "CPUs that may be used, such as 0-2,7");
    private readonly Option<string?> _cpusetMems = Globals.Text("--cpuset-mems", "LIST", "memory nodes that may be used");
    private readonly Option<string?> _pidsLimit = Globals.Text("--pids-limit", "NUMBER", "most tasks; -1: no limit");
    private readonly Option<string[]> _ulimit = Globals.List("--ulimit", "NAME=SOFT[:HARD]", "a resource limit, such as nofile=1024:4096");
    private readonly Option<string[]> _sysctl = Globals.List("--sysctl", "NAME=VALUE", "a kernel parameter of its namespaces");
    private readonly Option<string?> _shmSize = Globals.Text("--shm-size", "BYTES", "size of /dev/shm (default: 64m)");
    private readonly Option<string[]> _annotation = Globals.List("--annotation", "NAME=VALUE", "an annotation of its config");
    private readonly Option<string?> _network = Globals.Text("--network", "none|host|ns:PATH", "the network (default: none, loopback only)", "--net");
    private readonly Option<string[]> _addHost = Globals.List("--add-host", "NAME:ADDRESS", "a line of /etc/hosts");
    private readonly Option<string[]> _dns = Globals.List("--dns", "ADDRESS", "a name server (default: the host's)");
    private readonly Option<string[]> _dnsSearch = Globals.List("--dns-search", "DOMAIN", "a search domain");
    private readonly Option<string[]> _dnsOption = Globals.List("--dns-option", "OPTION", "an option of resolv.conf");
    private readonly Option<string?> _pid = Globals.Text("--pid", "private|host", "the pid namespace");
    private readonly Option<string?> _ipc = Globals.Text("--ipc", "private|host", "the ipc namespace");
    private readonly Option<string?> _uts = Globals.Text("--uts", "private|host", "the namespace of the host name");
    private readonly Option<string?> _cgroupns = Globals.Text("--cgroupns", "private|host", "the cgroup namespace");
    private readonly Option<string?> _userns = Globals.Text("--userns", "private|host", "the user namespace (default: one of its own, with a range of ids)");
    private readonly Option<string?> _cgroupParent = Globals.Text("--cgroup-parent", "PATH", "the cgroup that its own is made in");
    private readonly Option<string?> _oomScoreAdj = Globals.Text("--oom-score-adj", "NUMBER", "-1000 to 1000");
    private readonly Option<string?> _pull = Globals.Text("--pull", "missing|always|never", "when to fetch the image (default: missing)");
    private readonly Option<string?> _platform = Globals.Text("--platform", "PLATFORM", "fetch the image for this platform, as linux/arm64");
    private readonly Option<bool> _quiet = Globals.Flag("--quiet", "print nothing while the image is fetched", "-q");
    private readonly Option<string?> _cidfile = Globals.Text("--cidfile", "FILE", "write the container's id there");

    /// <summary>docker's options that are not here, each with the reason.</summary>
    internal static IReadOnlyList<RefusedOption> Refused { get; } =
    [
        new("--attach", true, "all streams of a container in the foreground are attached; with --detach none is") { Alias = "-a" },
        new("--blkio-weight", true, "not supported yet: update --blkio-weight sets it on a running container"),
        new("--blkio-weight-device", true, "not supported yet: run a bundle with /linux/resources/blockIO/weightDevice"),
        new("--cpu-rt-period", true, "cgroup v2 has no real-time budget"),
        new("--cpu-rt-runtime", true, "cgroup v2 has no real-time budget"),
        new("--detach-keys", true, "not supported yet: nothing attaches to a container again"),
        new("--device-read-bps", true, "not supported yet: run a bundle with /linux/resources/blockIO"),
        new("--device-read-iops", true, "not supported yet: run a bundle with /linux/resources/blockIO"),
        new("--device-write-bps", true, "not supported yet: run a bundle with /linux/resources/blockIO"),
        new("--device-write-iops", true, "not supported yet: run a bundle with /linux/resources/blockIO"),
        new("--expose", true, "there are no bridges yet, so no ports to publish: with --network host every port is the host's"),
        new("--gpus", true, "not supported yet: name the device nodes with --device"),
        new("--health-cmd", true, "health checks are not supported yet"),
        new("--health-interval", true, "health checks are not supported yet"),
        new("--health-retries", true, "health checks are not supported yet"),
        new("--health-start-interval", true, "health checks are not supported yet"),
        new("--health-start-period", true, "health checks are not supported yet"),
        new("--health-timeout", true, "health checks are not supported yet"),
        new("--init", false, "not supported yet: the first process has to reap its children itself"),
        new("--ip", true, "there are no bridges yet: see --network"),
        new("--ip6", true, "there are no bridges yet: see --network"),
        new("--isolation", true, "it is of Windows"),
        new("--label", true, "labels are not supported yet: --annotation writes to the config") { Alias = "-l" },
        new("--label-file", true, "labels are not supported yet"),
        new("--link", true, "docker's links are gone from docker too: see --network"),
        new("--link-local-ip", true, "there are no bridges yet: see --network"),
        new("--log-driver", true, "not supported yet: in the foreground output goes to the caller's streams"),
        new("--log-opt", true, "not supported yet: in the foreground output goes to the caller's streams"),
        new("--mac-address", true, "there are no bridges yet: see --network"),
        new("--memory-swappiness", true, "cgroup v2 has no swappiness of a cgroup: use --memory-swap"),
        new("--network-alias", true, "there are no bridges yet: see --network"),
        new("--no-healthcheck", false, "health checks are not supported yet, so none runs"),
        new("--oom-kill-disable", false, "cgroup v2 cannot switch the OOM killer off: use --memory-reservation, or a larger --memory"),
        new("--publish", true, "there are no bridges yet, so no ports to publish: with --network host every port is the host's") { Alias = "-p" },
        new("--publish-all", false, "there are no bridges yet, so no ports to publish: with --network host every port is the host's") { Alias = "-P" },
        new("--restart", true, "not supported yet: systemd restarts a unit that runs cctl (Restart=)"),
        new("--runtime", true, "cctl is the runtime"),
        new("--sig-proxy", true, "signals are always passed on"),
        new("--stop-signal", true, "not supported yet: kill ID SIGNAL sends the one that it ends on"),
        new("--stop-timeout", true, "not supported yet"),
        new("--storage-opt", true, "layers are directories of the host's filesystem: set a quota there"),
        new("--use-api-socket", false, "there is no daemon, and no socket of one"),
        new("--volume-driver", true, "there are no drivers: mount it on the host, and name the directory with --volume"),
        new("--volumes-from", true, "not supported yet: name the directories with --volume"),
    ];

    private readonly (RefusedOption Refused, Option Option)[] _refused = [.. Refused.Select(r => (r, r.MakeOption()))];

    private Option[] All =>
    [
        _name, _interactive, _tty, _remove, _env, _envFile, _volume, _mount, _tmpfs, _workdir, _user, _groups, _umask, _entrypoint, _hostname,
        _domainname, _readOnly, _capAdd, _capDrop, _security, _privileged, _device, _deviceRule, _memory, _memorySwap, _memoryReservation, _cpus,
        _cpuShares, _cpuPeriod, _cpuQuota, _cpusetCpus, _cpusetMems, _pidsLimit, _ulimit, _sysctl, _shmSize, _annotation, _network, _addHost,
        _dns, _dnsSearch, _dnsOption, _pid, _ipc, _uts, _cgroupns, _userns, _cgroupParent, _oomScoreAdj, _pull, _platform, _quiet, _cidfile,
    ];

    /// <summary>Adds them to the command.</summary>
    internal void AddTo(CctlCommand command)
    {
        foreach (Option option in (IEnumerable<Option>)[.. All, .. _refused.Select(r => r.Option)])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The container's name; null for one that is made up.</summary>
    internal string? Name(ParseResult parsed) => parsed.GetValue(_name);

    /// <summary>Whether standard input is the container's.</summary>
    internal bool IsInteractive(ParseResult parsed) => parsed.GetValue(_interactive);

    /// <summary>Whether the container goes with its process.</summary>
    internal bool Removes(ParseResult parsed) => parsed.GetValue(_remove);

    /// <summary>When the image is fetched.</summary>
    internal string Pull(ParseResult parsed) => Globals.OneOf("--pull", parsed.GetValue(_pull), "missing", "missing", "always", "never");

    /// <summary>For which platform; null for this machine's.</summary>
    internal string? Platform(ParseResult parsed) => parsed.GetValue(_platform);

    /// <summary>Whether fetching says nothing.</summary>
    internal bool IsQuiet(ParseResult parsed) => parsed.GetValue(_quiet);

    /// <summary>The file that takes the id; null for none.</summary>
    internal string? IdFile(ParseResult parsed) => parsed.GetValue(_cidfile);

    /// <summary>What the words ask for.</summary>
    /// <exception cref="ContainerException">A value is not one that the option takes.</exception>
    internal RunRequest Read(ParseResult parsed, string image, string[] command)
    {
        RefusedOption.Refuse(parsed, _refused);
        return new RunRequest
        {
            Image = image,
            Command = command,
            Entrypoint = parsed.GetValue(_entrypoint),
            Env = [.. (parsed.GetValue(_envFile) ?? []).SelectMany(EnvFile), .. parsed.GetValue(_env) ?? []],
            WorkingDirectory = parsed.GetValue(_workdir),
            User = parsed.GetValue(_user),
            Groups = parsed.GetValue(_groups) ?? [],
            Umask = parsed.GetValue(_umask),
            Terminal = parsed.GetValue(_tty),
            Hostname = parsed.GetValue(_hostname),
            Domainname = parsed.GetValue(_domainname),
            ReadOnly = parsed.GetValue(_readOnly),
            Privileged = parsed.GetValue(_privileged),
            AddedCapabilities = Words(parsed, _capAdd),
            DroppedCapabilities = Words(parsed, _capDrop),
            SecurityOptions = parsed.GetValue(_security) ?? [],
            Volumes = parsed.GetValue(_volume) ?? [],
            Mounts = parsed.GetValue(_mount) ?? [],
            Tmpfs = parsed.GetValue(_tmpfs) ?? [],
            ShmSize = Bytes(parsed, _shmSize),
            Devices = parsed.GetValue(_device) ?? [],
            DeviceRules = parsed.GetValue(_deviceRule) ?? [],
            Network = Network(parsed),
            Pid = parsed.GetValue(_pid) ?? "private",
            Ipc = parsed.GetValue(_ipc) ?? "private",
            Uts = parsed.GetValue(_uts) ?? "private",
            Cgroup = parsed.GetValue(_cgroupns) ?? "private",
            UserNamespace = Globals.OneOf("--userns", parsed.GetValue(_userns), "private", "private", "host"),
            CgroupParent = parsed.GetValue(_cgroupParent),
            Memory = Bytes(parsed, _memory),
            MemorySwap = Bytes(parsed, _memorySwap),
            MemoryReservation = Bytes(parsed, _memoryReservation),
            Cpus = Cpus(parsed),
            CpuShares = (ulong?)Number(parsed, _cpuShares, 0, 262_144),
            CpuPeriod = (ulong?)Number(parsed, _cpuPeriod, 0, 1_000_000),
            CpuQuota = Number(parsed, _cpuQuota, -1, long.MaxValue),
            CpusetCpus = parsed.GetValue(_cpusetCpus),
            CpusetMems = parsed.GetValue(_cpusetMems),
            PidsLimit = Number(parsed, _pidsLimit, -1, long.MaxValue),
            Ulimits = parsed.GetValue(_ulimit) ?? [],
            Sysctls = parsed.GetValue(_sysctl) ?? [],
            OomScoreAdj = (int?)Number(parsed, _oomScoreAdj, -1000, 1000),
            Annotations = parsed.GetValue(_annotation) ?? [],
            Hosts = parsed.GetValue(_addHost) ?? [],
            Dns = parsed.GetValue(_dns) ?? [],
            DnsSearch = parsed.GetValue(_dnsSearch) ?? [],
            DnsOptions = parsed.GetValue(_dnsOption) ?? [],
        };
    }

    private string Network(ParseResult parsed) => parsed.GetValue(_network) switch
    {
        null or "none" => "none",
        "host" => "host",
        var path when path.StartsWith("ns:/", StringComparison.Ordinal) => path,
        var other => throw new ContainerException($"--network {other}: not supported: none (loopback only), host and ns:PATH are"),
    };

    private decimal? Cpus(ParseResult parsed) => parsed.GetValue(_cpus) switch
    {
        null => null,
        var text when decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value) && value is >= 0.01m and <= 8192 => value,
        var text => throw new ContainerException($"--cpus {text}: not a number of CPUs, such as 1.5 (at least 0.01)"),
    };

    // docker: commas stand between the values of one option, too.
    private static string[] Words(ParseResult parsed, Option<string[]> option) => [.. (parsed.GetValue(option) ?? []).SelectMany(v => v.Split(','))];

    private static long? Bytes(ParseResult parsed, Option<string?> option) => parsed.GetValue(option) switch
    {
        null => null,
        var text when ByteSize.TryParse(text, out long bytes) => bytes,
        var text => throw new ContainerException($"{option.Name} {text}: not a size, such as 512m"),
    };

    private static long? Number(ParseResult parsed, Option<string?> option, long least, long most) => parsed.GetValue(option) switch
    {
        null => null,
        var text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) && value >= least && value <= most => value,
        var text => throw new ContainerException($"{option.Name} {text}: not a number from {least}{(most == long.MaxValue ? "" : $" to {most}")}"),
    };

    private static IEnumerable<string> EnvFile(string path)
    {
        Errno errno = FileText.TryRead(Abi.AT_FDCWD, path, out byte[] bytes);
        if (errno != Errno.OK)
        {
            throw new ContainerException($"--env-file {path}: {errno.Name()}: {errno.Meaning()}");
        }

        foreach (string line in System.Text.Encoding.UTF8.GetString(bytes).Split('\n'))
        {
            string trimmed = line.TrimStart().TrimEnd('\r');
            if (trimmed.Length > 0 && trimmed[0] != '#')
            {
                yield return trimmed;
            }
        }
    }
}
