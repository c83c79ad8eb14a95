using System.Text.Json;
using OciSpec;

namespace Unit.Tests.Seccomp;

/// <summary>
/// The profile of Debian's golang-github-containers-common, resolved for a machine and a set of capabilities as podman
/// does before it writes config.json: rules whose <c>includes</c> hold and whose <c>excludes</c> do not.
/// </summary>
internal static class ContainersProfile
{
    private const string Source = "/usr/share/containers/seccomp.json";

    /// <summary>Podman's capabilities for a container without options.</summary>
    internal static readonly string[] DefaultCapabilities =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_SETFCAP",
        "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT",
    ];

    /// <summary>Every capability that the profile speaks of.</summary>
    internal static readonly string[] AllCapabilities =
    [
        .. DefaultCapabilities, "CAP_DAC_READ_SEARCH", "CAP_SYS_ADMIN", "CAP_SYS_MODULE", "CAP_SYS_PACCT", "CAP_SYS_PTRACE",
        "CAP_SYS_RAWIO", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_AUDIT_WRITE", "CAP_BPF", "CAP_PERFMON", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYSLOG",
    ];

    /// <summary>Skips a test where the package is missing; in CI scripts/install-test has installed it.</summary>
    internal static void Require()
    {
        if (!File.Exists(Source))
        {
            Assert.SkipWhen(Environment.GetEnvironmentVariable("CI") != "true", $"{Source} (package golang-github-containers-common) is not installed");
            Assert.Fail($"{Source} is missing: scripts/install-test host");
        }
    }

    /// <param name="machine">As Go names it: amd64, arm64.</param>
    /// <param name="capabilities">What the container may do.</param>
    internal static LinuxSeccomp Resolve(string machine, string[] capabilities)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Source));
        JsonElement root = document.RootElement;
        string native = machine == "amd64" ? "SCMP_ARCH_X86_64" : "SCMP_ARCH_AARCH64";
        JsonElement map = root.GetProperty("archMap").EnumerateArray().First(m => m.GetProperty("architecture").GetString() == native);
        return new LinuxSeccomp
        {
            DefaultAction = root.GetProperty("defaultAction").GetString(),
            DefaultErrnoRet = Number(root, "defaultErrnoRet"),
            Architectures = [native, .. Strings(map, "subArchitectures")],
            Syscalls = [.. root.GetProperty("syscalls").EnumerateArray().Where(s => Applies(s, machine, capabilities)).Select(Rule)],
        };
    }

    private static bool Applies(JsonElement rule, string machine, string[] capabilities)
    {
        JsonElement includes = rule.GetProperty("includes");
        JsonElement excludes = rule.GetProperty("excludes");
        string[] machines = Strings(includes, "arches");
        return (machines.Length == 0 || machines.Contains(machine))
            && Strings(includes, "caps").All(capabilities.Contains)
            && !Strings(excludes, "arches").Contains(machine)
            && !Strings(excludes, "caps").Any(capabilities.Contains);
    }

    private static LinuxSyscall Rule(JsonElement rule) => new()
    {
        Names = [.. Strings(rule, "names")],
        Action = rule.GetProperty("action").GetString(),
        ErrnoRet = Number(rule, "errnoRet"),
        Args = rule.TryGetProperty("args", out JsonElement args) && args.ValueKind == JsonValueKind.Array
            ? [.. args.EnumerateArray().Select(Argument)]
            : null,
    };

    private static LinuxSeccompArg Argument(JsonElement arg) => new()
    {
        Index = Number(arg, "index"),
        Value = arg.GetProperty("value").GetUInt64(),
        ValueTwo = arg.GetProperty("valueTwo").GetUInt64(),
        Op = arg.GetProperty("op").GetString(),
    };

    private static uint? Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetUInt32() : null;

    private static string[] Strings(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(v => v.GetString()!)]
            : [];
}
