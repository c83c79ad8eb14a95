using System.Text.RegularExpressions;
using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Guest;

/// <summary>
/// What a process has at its execve under cctl and under runc: descriptors and their targets, environment, command line,
/// credentials, filters, limits, mounts with their flags, namespaces, LSM, keyring and attributes, of a guest's first process
/// by run and by create and start, and of one that exec adds.
/// </summary>
public sealed class SameAtExecveTests : IDisposable
{
    /// <summary>Where cctl does otherwise on purpose: in which config (null is all), what such a line looks like (- runc's, + cctl's), and why.</summary>
    private static readonly (string? Config, string Line, string Reason)[] s_deliberate =
    [
        (null, @"^\[mounts\] . (/proc/(acpi|kcore|keys|latency_stats|timer_list|timer_stats|sched_debug)|/sys/firmware|/etc/passwd|/home) ", "what covers a masked path is a mount of cctl's own making: only that it covers it, empty, is promised"),
        (null, @"^\[mounts\] . /sys / ro,nosuid,nodev,noexec,relatime -sysfs sysfs r[ow]$", "read-only is the mount, not the filesystem behind it, whose flags may be another mount's too"),
        (null, @"^\[descriptors\] . [012] type 20000 mode 666 access [012] close-on-exec 0 /dev/null$", "runc opens a null device for reading and writing, whatever the caller's was open for"),
        ("user namespace", @"^\[devices\] . /dev/mqueue 41777 (0|65534):65534 ", "the kernel makes it with the ids of whoever makes the ipc namespace: with clone3 the host's root"),
        (null, @"^\[attributes\] . keyring keyring;0;0;3f1b0000;_ses\.ID(\.[0-9a-f]{32})?$", "a name that nobody can guess: nobody makes a keyring of it before the container joins it"),
        ("user namespace", @"^\[attributes\] . keyring keyring;0;0;3f1(b0000|30008|30000);_ses\.ID(\.[0-9a-f]{32})?$", "runc lets every user of the namespace search the keyring, and cctl its owner"),
        ("user namespace", @"^\[devices\] . /dev/(full|null|random|tty|urandom|zero) 20666 (0:0|65534:65534) ", "devices are the container's own, of its root, and no inodes of the host's /dev"),
        ("user namespace", @"^\[mounts\] . /dev/(full|null|random|tty|urandom|zero) ", "devices are the container's own, of its root, and no inodes of the host's /dev"),
        ("user with groups and capabilities", @"^\[(status|attributes)\] . (Umask:\t00|umask )(22|77)$", "a process that exec adds has the umask of the config, as the rest of its words"),
        ("masked and read-only paths", "^\\[environment\\] . HOME=/(root)?$", "the launch looks for the user's directory before it masks /etc/passwd"),
    ];

    private readonly TempDir _state = new();
    private readonly TempDir _result = new();

    public static TheoryData<string> Configs =>
    [
        "plain", "user namespace", "host network", "terminal", "read-only root", "new privileges", "user with groups and capabilities", "limits", "filter", "joined namespaces", "masked and read-only paths", "passed descriptors", "score and domain",
    ];

    [Theory]
    [MemberData(nameof(Configs))]
    public void A_process_has_the_same_at_execve_under_cctl_and_under_runc(string config) => Compare(config);

    [VmOnly]
    [Fact]
    public void A_process_has_the_same_profile_of_apparmor_under_both() => Compare("apparmor");

    public void Dispose()
    {
        _state.Dispose();
        _result.Dispose();
    }

    private void Compare(string config)
    {
        File.SetUnixFileMode(_result.Path, (UnixFileMode)0b111_111_111);
        using RunningCommand other = new Command("unshare", "-iun", "sh", "-c", "echo ready; exec sleep 1000").Start();
        other.WaitForOutput("ready", Place.Deadline(5));
        using var bundle = new Bundle("/execve", "first");
        ProgramFiles.Copy(Path.Combine(AppContext.BaseDirectory, "execve"), Path.Combine(bundle.Rootfs, "execve"));
        if (config == "user namespace")
        {
            UserNamespace.Own(bundle);
        }

        bundle.With(c => Change(c, config, other.Pid));
        bundle.With(c => c.Mounts!.Add(new() { Destination = "/result", Type = "bind", Source = _result.Path, Options = ["bind", "rw"] }));
        Dictionary<string, ExecveDump> theirs = Dumps("/usr/sbin/runc", bundle, config);
        Dictionary<string, ExecveDump> ours = Dumps(Cctl.Executable, bundle, config);
        string[] differences = [.. theirs.SelectMany(d => d.Value.Differences(ours[d.Key]).Select(l => (d.Key, Line: l))).Where(d => !s_deliberate.Any(k => (k.Config ?? config) == config && Regex.IsMatch(d.Line, k.Line))).Select(d => $"{d.Key}: {d.Line}")];
        Assert.True(differences.Length == 0, $"{config} (- runc, + cctl):\n{string.Join('\n', differences)}");
    }

    private Dictionary<string, ExecveDump> Dumps(string runtime, Bundle bundle, string config)
    {
        string preserve = config == "passed descriptors" ? "--preserve-fds 2" : "";
        var dumps = new Dictionary<string, ExecveDump>();
        foreach (string launch in (string[])["run", "create and start", "exec"])
        {
            string id = Cctl.NewId();
            string cgroup = "/cctl-same-" + id;
            bundle.With(c =>
            {
                c.Linux!.CgroupsPath = cgroup;
                c.Process!.Args = launch == "exec" ? ["/execve", "first", "stay"] : ["/execve", "first"];
            });
            Directory.EnumerateFiles(_result.Path).ToList().ForEach(File.Delete);
            bool terminal = config == "terminal";
            // In the foreground runc relays the streams through pipes of its own: so they are pipes from the start.
            (string from, string pipe) = terminal ? ("", "") : ("true | ", " 2>&1 | cat >errors");
            string script = launch switch
            {
                "run" => $"{from}$R run {preserve} --bundle {bundle.Path} {id}{pipe}",
                "create and start" when terminal => $"$R run {preserve} --bundle {bundle.Path} {id}", // create asks for a console socket
                "create and start" => $"$R create {preserve} --bundle {bundle.Path} {id} >/dev/null && $R start {id} && wait_for first",
                _ when terminal => $"$R run --bundle {bundle.Path} {id} & wait_for first && $R exec --tty {id} /execve exec",
                _ => $"$R run --detach --bundle {bundle.Path} {id} >/dev/null && wait_for first && {from}$R exec {preserve} {id} /execve exec{pipe}",
            };
            Run(runtime, script, id, terminal);
            dumps[launch] = ExecveDump.Read(_result[launch == "exec" ? "exec" : "first"], (id, "ID"), (_result.Path, "/RESULT"), (bundle.Path, "/BUNDLE"));
        }

        return dumps;
    }

    // In a mount namespace with cgroup2 on /sys/fs/cgroup both find a unified host everywhere.
    private void Run(string runtime, string script, string id, bool terminal)
    {
        string whole = $$"""
            test -e /sys/fs/cgroup/cgroup.controllers || mount -t cgroup2 none /sys/fs/cgroup
            R='{{runtime}} --root {{_state.Path}}'
            wait_for() { while ! test -e {{_result.Path}}/$1; do sleep 0.02; done; }
            cd {{_state.Path}} && exec 3</etc/passwd 4</etc/group
            ( {{script}} ) </dev/null 2>{{_state.Path}}/errors
            """;
        if (terminal)
        {
            whole = whole.Replace("</dev/null 2>", "</dev/tty 2>", StringComparison.Ordinal);
            File.WriteAllText(_state["script"], whole);
            whole = $"exec script -qec 'sh {_state["script"]}' /dev/null";
        }

        try
        {
            CommandResult result = new Command("unshare", "-m", "sh", "-c", whole) { Timeout = Place.Deadline(20) }.Run();
            Assert.True(Directory.EnumerateFiles(_result.Path).Any(), $"{runtime}: {script}: {result.Stdout}{(File.Exists(_state["errors"]) ? File.ReadAllText(_state["errors"]) : "")}");
        }
        finally
        {
            new Command("unshare", "-m", "sh", "-c", $"test -e /sys/fs/cgroup/cgroup.controllers || mount -t cgroup2 none /sys/fs/cgroup; exec {runtime} --root {_state.Path} delete --force {id}").Run();
        }
    }

    private static void Change(RuntimeConfig config, string name, int other)
    {
        ProcessSpec process = config.Process!;
        LinuxSection linux = config.Linux!;
        switch (name)
        {
            case "user namespace":
                UserNamespace.Add(config);
                break;
            case "host network":
                linux.Namespaces!.RemoveAll(n => n.Type == "network");
                break;
            case "terminal":
                process.Terminal = true;
                break;
            case "read-only root":
                config.Root!.Readonly = true;
                break;
            case "new privileges":
                process.NoNewPrivileges = false;
                break;
            case "user with groups and capabilities":
                string[] all = ["CAP_CHOWN", "CAP_NET_ADMIN", "CAP_SYS_ADMIN"];
                process.User = new() { Uid = 1000, Gid = 1001, AdditionalGids = [2000, 5], Umask = 0b000_111_111 };
                process.Capabilities = new() { Bounding = [.. all, "CAP_KILL"], Effective = [.. all], Permitted = [.. all], Inheritable = [.. all], Ambient = ["CAP_NET_ADMIN"] };
                process.Cwd = "/home";
                break;
            case "limits":
                process.Rlimits = [new() { Type = "RLIMIT_CORE", Soft = 0, Hard = 0 }, new() { Type = "RLIMIT_NPROC", Soft = 500, Hard = 600 }, new() { Type = "RLIMIT_STACK", Soft = 4 << 20, Hard = 8 << 20 }];
                break;
            case "filter":
                linux.Seccomp = new() { DefaultAction = "SCMP_ACT_ALLOW", Architectures = ["SCMP_ARCH_X86_64"], Syscalls = [new() { Names = ["unshare", "swapon"], Action = "SCMP_ACT_ERRNO", ErrnoRet = 38 }] };
                break;
            case "joined namespaces":
                foreach ((string kind, string file) in (ReadOnlySpan<(string, string)>)[("ipc", "ipc"), ("uts", "uts"), ("network", "net")])
                {
                    linux.Namespaces!.Single(n => n.Type == kind).Path = $"/proc/{other}/ns/{file}";
                }

                config.Hostname = null;
                break;
            case "masked and read-only paths":
                linux.MaskedPaths = ["/etc/passwd", "/home", "/proc/kcore", "/does/not/exist"];
                linux.ReadonlyPaths = ["/etc", "/proc/sys", "/tmp", "/does/not/exist"];
                break;
            case "score and domain":
                process.OomScoreAdj = 321;
                process.Env!.AddRange(["EMPTY=", "TWICE=1", "TWICE=2"]);
                linux.Sysctl = new() { ["net.ipv4.ip_forward"] = "1" };
                break;
            case "apparmor":
                process.ApparmorProfile = "unconfined";
                break;
        }
    }
}
