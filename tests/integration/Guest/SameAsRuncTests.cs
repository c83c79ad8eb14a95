using System.Text.RegularExpressions;
using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Guest;

/// <summary>
/// What a guest sees of the process that it is: under cctl the same as under runc, field by field. Both run in a private
/// mount namespace with cgroup2 on /sys/fs/cgroup, so that they find a unified host everywhere.
/// </summary>
public sealed partial class SameAsRuncTests : IDisposable
{
    // What differs between two runs of the same runtime: times, memory, counters, how many pids its own threads took.
    private static readonly string[] s_volatile =
    [
        "Vm", "Rss", "Tgid", "Pid", "NStgid", "NSpid", "voluntary_ctxt", "nonvoluntary_ctxt", "SigQ", "HugetlbPages", "FDSize", "x86_Thread", "Cpus_allowed_list", "Mems_allowed_list",
    ];

    // A masked file is the host's null device here, and a copy on the guest's /dev there: of those only the places count.
    // The kernel makes the root of mqueue with the ids of whoever makes the ipc namespace: with clone3 that is the host's
    // root, and with runc's two steps half of it the guest's. Its mode is 1777: the owner gives nobody anything.
    private const string Look = """
        echo '[status]'; cat /proc/self/status
        echo '[limits]'; cat /proc/self/limits
        echo '[fds]'; cd /proc/self/fd; for f in *; do [ -e $f ] && echo $f; done; cd /
        echo '[environment]'; env
        echo '[oom]'; cat /proc/self/oom_score_adj
        echo '[cgroup]'; cat /proc/self/cgroup
        echo '[personality]'; cat /proc/self/personality
        echo '[namespaces]'; ls /proc/self/ns
        echo '[maps]'; cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups
        echo '[session]'; cut -d' ' -f1,2,4-8 /proc/1/stat; cat /proc/self/timerslack_ns /proc/self/coredump_filter
        echo '[place]'; pwd; hostname; id; umask
        echo '[devices]'; stat -c '%n %F %t:%T %a %u:%g' /dev/* | grep -v ^/dev/mqueue
        echo '[mounts]'; awk '{ if ($2 ~ "^/proc/" && $3 != "proc") print $2; else print $2, $3, $4 }' /proc/self/mounts
        """;

    private readonly TempDir _state = new();

    public static TheoryData<string> Configs => ["plain", "user", "privileged", "limits", "user namespace", "read-only", "host namespaces"];

    [Theory]
    [MemberData(nameof(Configs))]
    public void A_guest_sees_the_same_process_under_cctl_and_under_runc(string name)
    {
        using Bundle bundle = Bundle.Script(Look);
        if (name == "user namespace")
        {
            UserNamespace.Own(bundle);
        }

        bundle.With(c => Change(c, name));
        Dictionary<string, List<string>> ours = Run(Cctl.Executable, bundle);
        Dictionary<string, List<string>> theirs = Run("/usr/sbin/runc", bundle);
        Assert.Equal(theirs.Keys, ours.Keys);
        foreach ((string section, List<string> lines) in theirs)
        {
            Assert.True(lines.SequenceEqual(ours[section]), $"[{section}]\nonly runc: {string.Join("\n           ", lines.Except(ours[section]))}\nonly cctl: {string.Join("\n           ", ours[section].Except(lines))}");
        }
    }

    public void Dispose() => _state.Dispose();

    private static void Change(RuntimeConfig config, string name)
    {
        ProcessSpec process = config.Process!;
        config.Linux!.CgroupsPath = "/cctl-same-" + Guid.NewGuid().ToString("N")[..8];
        switch (name)
        {
            case "user":
                process.User = new() { Uid = 1000, Gid = 1000, AdditionalGids = [2000, 5], Umask = 0b000_111_111 };
                process.Cwd = "/home";
                break;
            case "privileged":
                string[] all = ["CAP_CHOWN", "CAP_SYS_ADMIN", "CAP_NET_ADMIN", "CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP", "CAP_BPF"];
                process.NoNewPrivileges = false;
                process.Capabilities = new() { Bounding = [.. all], Effective = [.. all], Permitted = [.. all], Inheritable = [.. all], Ambient = [.. all] };
                config.Linux.MaskedPaths = null;
                config.Linux.ReadonlyPaths = null;
                break;
            case "limits":
                process.Rlimits = [new() { Type = "RLIMIT_CORE", Soft = 0, Hard = 0 }, new() { Type = "RLIMIT_NPROC", Soft = 500, Hard = 600 }, new() { Type = "RLIMIT_STACK", Soft = 4 << 20, Hard = 8 << 20 }];
                process.OomScoreAdj = 321;
                process.Env!.Add("EMPTY=");
                break;
            case "user namespace":
                UserNamespace.Add(config);
                break;
            case "read-only":
                config.Root!.Readonly = true;
                process.Args = ["sh", .. process.Args![1..]];
                break;
            case "host namespaces":
                config.Linux.Namespaces!.RemoveAll(n => n.Type is "ipc" or "uts");
                config.Hostname = null;
                break;
        }
    }

    private Dictionary<string, List<string>> Run(string runtime, Bundle bundle)
    {
        string script = "test -e /sys/fs/cgroup/cgroup.controllers || mount -t cgroup2 none /sys/fs/cgroup && exec \"$@\"";
        CommandResult result = new Command("unshare", ["-m", "sh", "-c", script, "sh", runtime, "--root", _state.Path, "run", "--bundle", bundle.Path, Cctl.NewId()])
        {
            Timeout = Place.Deadline(30),
        }.Run().MustSucceed();
        var sections = new Dictionary<string, List<string>>();
        List<string> lines = [];
        foreach (string line in result.Lines)
        {
            if (Section().Match(line) is { Success: true } section)
            {
                sections[section.Groups[1].Value] = lines = [];
            }
            else if (!s_volatile.Any(v => line.StartsWith(v, StringComparison.Ordinal)))
            {
                lines.Add(line);
            }
        }

        foreach (string unordered in (string[])["mounts", "environment"])
        {
            sections[unordered].Sort(StringComparer.Ordinal);
        }

        return sections;
    }

    [GeneratedRegex(@"^\[(\w+)\]$")]
    private static partial Regex Section();
}
