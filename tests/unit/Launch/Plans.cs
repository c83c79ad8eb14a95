using System.Text.RegularExpressions;
using OciSpec;
using Runtime.Namespaces.Builder;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;

namespace Unit.Tests.Launch;

/// <summary>Configurations to compile, each with one feature more than the plain one.</summary>
internal static class Plans
{
    /// <summary>The namespaces that `cctl spec` writes.</summary>
    public const string Namespaces = """{ "type": "pid" }, { "type": "network" }, { "type": "ipc" }, { "type": "uts" }, { "type": "mount" }, { "type": "cgroup" }""";

    private const string UserMappings = """
        , "uidMappings": [{ "containerID": 0, "hostID": 100000, "size": 65536 }], "gidMappings": [{ "containerID": 0, "hostID": 100000, "size": 65536 }]
        """;

    /// <summary>Every feature by name: what the invariants are held against.</summary>
    public static IReadOnlyDictionary<string, Func<LaunchInputs>> Features { get; } = new Dictionary<string, Func<LaunchInputs>>
    {
        ["plain"] = () => Inputs(Config()),
        ["create"] = () => Inputs(Config()) with { Gate = StartGate.Socket, StartSocket = 9 },
        ["bind"] = () => Inputs(Config(mounts: """{ "destination": "/data", "type": "bind", "source": "/srv/data", "options": ["rbind", "ro", "nosuid", "rprivate"] }""")),
        ["nested"] = () => Inputs(Config(mounts: """{ "destination": "/a", "type": "tmpfs", "options": ["ro"] }, { "destination": "/a/b/c", "type": "tmpfs" }""")),
        ["remount"] = () => Inputs(Config(mounts: """{ "destination": "/dev", "type": "tmpfs", "options": ["remount", "size=1m", "ro"] }""")),
        ["copyup"] = () => Inputs(Config(mounts: """{ "destination": "/etc", "type": "tmpfs", "options": ["tmpcopyup"] }""")),
        ["user"] = () => Inputs(Config(linux: $$""" "namespaces": [{{Namespaces}}, { "type": "user" }] {{UserMappings}} """)),
        ["terminal"] = () => Inputs(Config(process: """ "terminal": true, "consoleSize": { "height": 24, "width": 80 } """)),
        ["hooks"] = () => Inputs(Config(extra: """
            "hooks": { "createRuntime": [{ "path": "/h/runtime" }], "createContainer": [{ "path": "/h/container", "timeout": 2 }], "startContainer": [{ "path": "/h/start", "args": ["start", "x"] }] }
            """)) with { HookState = 8 },
        ["created hooks"] = () => Inputs(Config(extra: """ "hooks": { "startContainer": [{ "path": "/h/start" }] } """)) with { HookState = 8, Gate = StartGate.Socket, StartSocket = 9 },
        ["credentials"] = () => Inputs(Config(process: """
            "user": { "uid": 1000, "gid": 1001, "additionalGids": [5, 6], "umask": 63 },
            "capabilities": { "bounding": ["CAP_KILL"], "effective": ["CAP_KILL"], "permitted": ["CAP_KILL"], "inheritable": ["CAP_KILL"], "ambient": ["CAP_KILL"] }
            """)),
        ["seccomp"] = () => Inputs(Config(process: """ "noNewPrivileges": false """)) with { Seccomp = Filter },
        ["seccomp after no_new_privs"] = () => Inputs(Config()) with { Seccomp = Filter },
        ["seccomp of a created guest"] = () => Inputs(Config(process: """ "noNewPrivileges": false """)) with { Seccomp = Filter, Gate = StartGate.Socket, StartSocket = 9 },
        ["seccomp and joined pid"] = () => Inputs(Config(process: """ "noNewPrivileges": false """, linux: """ "namespaces": [{ "type": "mount" }, { "type": "pid", "path": "/proc/77/ns/pid" }] """)) with { Seccomp = Filter },
        ["joined pid"] = () => Inputs(Config(linux: """ "namespaces": [{ "type": "mount" }, { "type": "pid", "path": "/proc/77/ns/pid" }] """)),
        ["joined network"] = () => Inputs(Config(linux: """ "namespaces": [{ "type": "mount" }, { "type": "pid" }, { "type": "network", "path": "/run/netns/blue" }] """)),
        ["joined user"] = () => Inputs(Config(linux: """ "namespaces": [{ "type": "mount" }, { "type": "pid" }, { "type": "user", "path": "/proc/77/ns/user" }, { "type": "network", "path": "/run/netns/blue" }] """)),
        ["time"] = () => Inputs(Config(linux: $$""" "namespaces": [{{Namespaces}}, { "type": "time" }], "timeOffsets": { "boottime": { "secs": 7 } } """)),
        ["no pivot"] = () => Inputs(Config()) with { NoPivot = true },
        ["host mounts"] = () => Inputs(ConfigFile.Parse("""
            { "ociVersion": "1.3.0", "root": { "path": "rootfs" }, "process": { "args": ["/bin/true"], "cwd": "/" }, "linux": { "namespaces": [{ "type": "pid" }] } }
            """u8)),
        ["inherited mounts"] = () => Changed(c =>
        {
            c.Linux!.Namespaces!.RemoveAll(n => n.Type == "mount");
            c.Linux.MaskedPaths = c.Linux.ReadonlyPaths = null;
        }) with
        { MountMark = "cctl.x" },
        ["everything of the process"] = () => Inputs(Config(process: """
            "oomScoreAdj": 100, "apparmorProfile": "acme", "cwd": "/work/here",
            "scheduler": { "policy": "SCHED_BATCH", "nice": 5 }, "ioPriority": { "class": "IOPRIO_CLASS_BE", "priority": 4 }
            """, linux: $$""" "namespaces": [{{Namespaces}}], "sysctl": { "net.ipv4.ip_forward": "1" }, "rootfsPropagation": "shared", "devices": [{ "path": "/dev/fuse", "type": "c", "major": 10, "minor": 229, "uid": 5 }] """)),
    };

    /// <summary>A filter that allows everything.</summary>
    public static SeccompFilter Filter => new([new() { code = 6, k = 0x7fff0000 }], 0);

    /// <summary>A filter that has another answer for one call.</summary>
    public static SeccompFilter Refusing(int call, uint action) => new(
        [new() { code = 0x20, k = 0 }, new() { code = 0x15, jt = 0, jf = 1, k = (uint)call }, new() { code = 6, k = action }, new() { code = 6, k = 0x7fff0000 }], 0);

    /// <summary>Inputs of `run` for a config.</summary>
    public static LaunchInputs Inputs(RuntimeConfig config) => new() { Resolved = ResolvedConfig.Of(config, "/bundle"), Id = "c1" };

    /// <summary>Inputs of `run` for the plain config with a change.</summary>
    public static LaunchInputs Changed(Action<RuntimeConfig> change)
    {
        RuntimeConfig config = Config();
        change(config);
        return Inputs(config);
    }

    /// <summary>The plain config with other values for some of its properties.</summary>
    public static RuntimeConfig Config(string process = "", string mounts = "", string? linux = null, string extra = "") =>
        ConfigFile.Parse(System.Text.Encoding.UTF8.GetBytes(Json(process, mounts, linux, extra)));

    /// <summary>The compiled plan, described.</summary>
    public static Listing Compile(LaunchInputs inputs)
    {
        GuestPlan guest = LaunchPlanBuilder.Build(inputs, describe: true);
        using LaunchPlan plan = guest.Plan;
        return new Listing(plan.Describe(), guest.CloneFlags, guest.MapsIds);
    }

    /// <summary>The plan of a feature.</summary>
    public static Listing Of(string feature) => Compile(Features[feature]());

    private static string Json(string process, string mounts, string? linux, string extra)
    {
        // The reader refuses a name that comes twice: what is given takes the place of what is plain.
        string defaults = string.Concat(
            process.Contains("\"cwd\"", StringComparison.Ordinal) ? string.Empty : """ "cwd": "/", """,
            process.Contains("\"noNewPrivileges\"", StringComparison.Ordinal) ? string.Empty : """ "noNewPrivileges": true, """);
        string comma = process.Length == 0 ? string.Empty : ", ";
        string basics = """{ "destination": "/proc", "type": "proc" }, { "destination": "/dev", "type": "tmpfs", "options": ["nosuid", "mode=755"] }, { "destination": "/dev/pts", "type": "devpts", "options": ["newinstance", "ptmxmode=0666"] }""";
        return $$"""
            {
              "ociVersion": "1.3.0", "root": { "path": "rootfs", "readonly": true }, "hostname": "guest",
              "process": { {{defaults}} "args": ["/bin/true"], "env": ["PATH=/bin:/usr/bin", "HOME=/root"] {{comma}} {{process}} },
              "mounts": [{{basics}} {{(mounts.Length == 0 ? string.Empty : ", " + mounts)}}],
              {{(extra.Length == 0 ? string.Empty : extra + ",")}}
              "linux": { {{linux ?? $"\"namespaces\": [{Namespaces}]"}}, "maskedPaths": ["/proc/kcore"], "readonlyPaths": ["/proc/sys"] }
            }
            """;
    }
}

/// <summary>A described plan, and questions about its order.</summary>
internal sealed record Listing(IReadOnlyList<PlanLine> Lines, ulong CloneFlags, bool MapsIds)
{
    public IEnumerable<PlanLine> Runtime => Lines.Where(l => !l.InGuest);

    public IEnumerable<PlanLine> Guest => Lines.Where(l => l.InGuest);

    /// <summary>The number of the first operation whose call matches.</summary>
    public int First(string pattern) => Numbers(pattern) is [int first, ..] ? first : throw new Xunit.Sdk.XunitException($"no operation matches {pattern}:\n{this}");

    /// <summary>The number of the last operation whose call matches.</summary>
    public int Last(string pattern) => Numbers(pattern) is [.., int last] ? last : throw new Xunit.Sdk.XunitException($"no operation matches {pattern}:\n{this}");

    /// <summary>The numbers of all operations whose call matches a regular expression.</summary>
    public List<int> Numbers(string pattern) => Lines.Where(l => Regex.IsMatch(l.Call, pattern)).Select(l => l.Number).ToList();

    /// <summary>Asserts that the first matches of these patterns follow one another.</summary>
    public void InOrder(params string[] patterns)
    {
        int before = -1;
        foreach (string pattern in patterns)
        {
            int at = Lines.Where(l => l.Number > before && Regex.IsMatch(l.Call, pattern)).Select(l => l.Number).FirstOrDefault(-1);
            Assert.True(at >= 0, $"nothing after operation {before} matches {pattern}:\n{this}");
            before = at;
        }
    }

    /// <summary>The calls of the lines that come from a pointer.</summary>
    public string[] From(string pointer) => Lines.Where(l => l.Pointer == pointer).Select(l => l.Call).ToArray();

    public override string ToString() => string.Join('\n', Lines.Select(l => $"{l.Number,4} {(l.InGuest ? "guest  " : "runtime")} {l.Pointer}: {l.Purpose}: {l.Call}"));
}
