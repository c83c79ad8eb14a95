using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Child;
using Runtime.Namespaces.Launch;
using Runtime.Namespaces.Plan;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder;

public sealed partial class LaunchPlanBuilder
{
    private const ulong AllNew = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

    private readonly List<JoinedNamespace> _joined = [];
    private ulong _new;
    private ulong _cloneFlags;
    private bool _newUser;
    private bool _joinsPid;
    private bool _joinsUser;

    private bool OwnsMounts => (_new & CLONE_NEWNS) != 0;

    /// <summary>namespaces(7) by the names of the specification; 0 for an unknown one.</summary>
    public static ulong NamespaceFlag(string? type) => type switch
    {
        "mount" => CLONE_NEWNS,
        "pid" => CLONE_NEWPID,
        "network" => CLONE_NEWNET,
        "ipc" => CLONE_NEWIPC,
        "uts" => CLONE_NEWUTS,
        "user" => CLONE_NEWUSER,
        "cgroup" => CLONE_NEWCGROUP,
        "time" => CLONE_NEWTIME,
        _ => 0,
    };

    private void ReadNamespaces()
    {
        List<LinuxNamespace> namespaces = _linux.Namespaces ?? [];
        for (int i = 0; i < namespaces.Count; i++)
        {
            ulong flag = NamespaceFlag(namespaces[i].Type);
            if (string.IsNullOrEmpty(namespaces[i].Path))
            {
                _new |= flag;
            }
            else
            {
                _joined.Add(new JoinedNamespace(i, flag, namespaces[i].Path!));
                _joinsPid |= flag == CLONE_NEWPID;
            }
        }

        _newUser = (_new & CLONE_NEWUSER) != 0;
        _joinsUser = _joined.Exists(n => n.Flag == CLONE_NEWUSER);
        // A new namespace belongs to the user namespace of its maker: where one is joined, or where others must be
        // joined with rights that a new one takes away, the new ones have to wait until that is done.
        bool joinFirst = _joinsUser || (_newUser && _joined.Count > 0);
        _cloneFlags = joinFirst ? 0 : _new & AllNew;
    }

    private void OpenNamespacePaths()
    {
        for (int i = 0; i < _joined.Count; i++)
        {
            JoinedNamespace joined = _joined[i];
            _writer.From($"/linux/namespaces/{joined.Index}/path", $"open {joined.Path}", HintKind.NamespacePath);
            joined.Fd = _writer.NewSlot();
            _writer.Call(joined.Fd, SyscallNumber.openat, AT_FDCWD, _writer.Text(joined.Path), O_RDONLY | O_CLOEXEC);
            RequireNamespaceType(joined);
        }

        RefuseOwnNamespaces();
    }

    private void RequireNamespaceType(JoinedNamespace joined)
    {
        Slot type = _writer.NewSlot();
        _writer.Call(type, SyscallNumber.ioctl, joined.Fd, NS_GET_NSTYPE);
        _writer.Add(OperationCode.Test, Slot.None, 0, Argument.AddressOf(type), -1L, joined.Flag, (int)Errno.EINVAL);
    }

    private void EnterNamespaces()
    {
        // Root of a user namespace can no longer write it: in a new one the runtime does, along with the mappings.
        if (!_newUser)
        {
            SetOomScore();
        }

        JoinNamespaces();
        ulong later = _new & AllNew & ~_cloneFlags;
        if (later != 0)
        {
            _writer.From("/linux/namespaces", "make the new namespaces", HintKind.Namespace);
            if (_joinsPid)
            {
                _writer.Call(SyscallNumber.unshare, later);
            }
            else
            {
                GoOnAsSibling(later);
            }
        }

        Slot? offsets = OpenTimeOffsets();
        if (_newUser)
        {
            if ((_cloneFlags & CLONE_NEWNS) != 0)
            {
                FindPlace(); // the namespace's root may not go everywhere that the runtime may
            }

            string score = _process.OomScoreAdj is int adjusted ? $", and {adjusted} to oom_score_adj" : string.Empty;
            _writer.From("/linux/uidMappings", "write the user namespace's mappings" + score, HintKind.Credentials);
            _writer.Add(OperationCode.Request, Slot.None, 0, (int)ControlKind.MapIds);
            BecomeRoot();
            _writer.Call(SyscallNumber.prctl, PR_SET_DUMPABLE, 0);
        }

        AwaitCgroup();
        if ((_new & CLONE_NEWCGROUP) != 0)
        {
            // Not with clone3(2): there CLONE_NEWCGROUP takes the parent's cgroup for the new namespace's root.
            _writer.From("/linux/namespaces", "make the cgroup namespace", HintKind.Namespace);
            _writer.Call(SyscallNumber.unshare, CLONE_NEWCGROUP);
        }

        EnterTimeNamespace(offsets);
        SetLoopbackUp();
        MoveNetworkDevices();
    }

    private void AwaitCgroup()
    {
        if (_inputs.CgroupAfterClone)
        {
            _writer.From("/linux/cgroupsPath", "enter the cgroup");
            _writer.Add(OperationCode.Request, Slot.None, 0, (int)ControlKind.AttachCgroup);
        }
    }

    private void JoinNamespaces()
    {
        // With the host's rights first; what they do not suffice for is joined from inside the user namespace.
        JoinedNamespace? user = _joined.Find(n => n.Flag == CLONE_NEWUSER);
        foreach (JoinedNamespace joined in _joined)
        {
            if (joined != user && !JoinsLast(joined))
            {
                Join(joined, user is not null);
            }
        }

        if (user is null)
        {
            return;
        }

        Join(user, mayFail: false);
        BecomeRoot();
        foreach (JoinedNamespace joined in _joined)
        {
            if (joined != user)
            {
                Label done = _writer.NewLabel();
                _writer.Add(OperationCode.JumpIfSet, Slot.None, 0, joined.Done).Then(done);
                Join(joined, mayFail: false);
                _writer.Mark(done);
            }
        }
    }

    /// <summary>
    /// A pid namespace holds for all children from then on, and a hook's process would be seen there before it is the hook:
    /// so it is joined last, unless a user namespace takes the right to do so away.
    /// </summary>
    private bool JoinsLast(JoinedNamespace joined) => joined.Flag == CLONE_NEWPID && !_newUser && !_joinsUser;

    private void Join(JoinedNamespace joined, bool mayFail)
    {
        _writer.From($"/linux/namespaces/{joined.Index}/path", $"join {joined.Path}", HintKind.NamespacePath);
        PlanWriter.Step step = _writer.Call(joined.Done = mayFail ? _writer.NewSlot() : Slot.None, SyscallNumber.setns, joined.Fd, joined.Flag);
        if (mayFail)
        {
            step.Ignore(Errno.EPERM);
        }
    }

    private void BecomeRoot()
    {
        _writer.From("/linux/uidMappings", "become root of the user namespace", HintKind.Credentials);
        _writer.Call(SyscallNumber.setresgid, 0, 0, 0);
        _writer.Call(SyscallNumber.setresuid, 0, 0, 0);
        _writer.Call(SyscallNumber.prctl, PR_SET_PDEATHSIG, SIGKILL);
    }

    // Before the user namespace's root, which the files in /proc/self do not belong to; written when the new clocks exist.
    // In a joined one the child is that root by now: the runtime writes them.
    private Slot? OpenTimeOffsets()
    {
        if (_joinsUser || (_new & CLONE_NEWTIME) == 0 || _linux.TimeOffsets is not { Count: > 0 })
        {
            return null;
        }

        _writer.From("/linux/timeOffsets", "open timens_offsets", HintKind.Sysctl);
        Slot offsets = _writer.NewSlot();
        _writer.Call(offsets, SyscallNumber.openat, _hostProc, _writer.Text("self/timens_offsets"), O_WRONLY | O_CLOEXEC);
        return offsets;
    }

    private void EnterTimeNamespace(Slot? offsets)
    {
        if ((_new & CLONE_NEWTIME) == 0)
        {
            return;
        }

        _writer.From("/linux/namespaces", "make the time namespace", HintKind.Namespace);
        _writer.Call(SyscallNumber.unshare, CLONE_NEWTIME);
        SetTimeOffsets(offsets);
        _writer.From("/linux/namespaces", "enter the time namespace", HintKind.Namespace);
        Slot time = _writer.NewSlot();
        _writer.Call(time, SyscallNumber.openat, _hostProc, _writer.Text("self/ns/time_for_children"), O_RDONLY | O_CLOEXEC);
        _writer.Call(SyscallNumber.setns, time, CLONE_NEWTIME);
    }

    private void SetTimeOffsets(Slot? file)
    {
        if (_linux.TimeOffsets is not { Count: > 0 } offsets)
        {
            return;
        }

        if (file is null)
        {
            _writer.From("/linux/timeOffsets", "set the offsets of the clocks");
            _writer.Add(OperationCode.Request, Slot.None, 0, (int)ControlKind.TimeOffsets);
            return;
        }

        foreach ((string clock, LinuxTimeOffset offset) in offsets)
        {
            string line = TimeOffsets.Line(clock, offset);
            _writer.From($"/linux/timeOffsets/{clock}", $"set the offset of {clock}", HintKind.Sysctl);
            _writer.Call(SyscallNumber.write, file.Value, _writer.Text(line), line.Length);
        }
    }

    /// <summary>
    /// What belongs to a namespace is set only in one that is not the runtime's own: a path may lead to that, too.
    /// </summary>
    private void RefuseOwnNamespaces()
    {
        if (_config.Hostname is { Length: > 0 })
        {
            RefuseOwnNamespace(CLONE_NEWUTS, "uts", "/hostname", "the hostname");
        }

        if (_config.Domainname is { Length: > 0 })
        {
            RefuseOwnNamespace(CLONE_NEWUTS, "uts", "/domainname", "the domain name");
        }

        if (_linux.NetDevices is { Count: > 0 })
        {
            RefuseOwnNamespace(CLONE_NEWNET, "net", "/linux/netDevices", "network devices");
        }

        foreach (string key in _linux.Sysctl?.Keys ?? Enumerable.Empty<string>())
        {
            if (SysctlName.ToPath(key) is string path && SysctlName.NamespaceOf(path) is string type)
            {
                RefuseOwnNamespace(NamespaceFlag(type), NamespaceFile(type), $"/linux/sysctl/{key}", "the parameter");
            }
        }
    }

    // The same namespace has the same inode number (namespaces(7)).
    private void RefuseOwnNamespace(ulong flag, string file, string pointer, string what)
    {
        if (_joined.Find(n => n.Flag == flag) is not JoinedNamespace joined)
        {
            return;
        }

        _writer.From(pointer, $"set {what} in the namespace {joined.Path}", HintKind.OwnNamespace);
        Slot inode = InodeOf(joined.Fd, Empty, AT_EMPTY_PATH);
        Slot own = InodeOf(_hostProc, _writer.Text("thread-self/ns/" + file), 0);
        Label other = _writer.NewLabel();
        _writer.Add(OperationCode.Test, Slot.None, 0, Argument.AddressOf(inode), -1L, own, (int)Errno.EPERM).On(Errno.EPERM, other);
        _writer.Fail(Errno.EPERM);
        _writer.Mark(other);
    }

    private Slot InodeOf(Slot folder, Argument path, int flags)
    {
        Argument status = _writer.Room(256);
        Slot inode = _writer.NewSlot();
        _writer.Call(SyscallNumber.statx, folder, path, flags, STATX_BASIC_STATS, status);
        _writer.Add(OperationCode.Load, inode, 0, PlanWriter.Inside(status, StatxInode), long.MaxValue);
        return inode;
    }

    // proc(5): the names of the files in /proc/PID/ns.
    private static string NamespaceFile(string type) => type switch
    {
        "network" => "net",
        "mount" => "mnt",
        _ => type,
    };

    /// <summary>
    /// The kernel makes lo down; nothing in a guest without CAP_NET_ADMIN could set it up, and every runtime does. netdevice(7):
    /// any socket does for the call, whatever its family; this one is there in a kernel without IPv4, too.
    /// </summary>
    private unsafe void SetLoopbackUp()
    {
        if ((_new & CLONE_NEWNET) == 0)
        {
            return;
        }

        _writer.From("/linux/namespaces", "set lo up", HintKind.Namespace);
        var request = new ifreq { ifr_flags = (short)IFF_UP };
        request.ifr_name[0] = (byte)'l';
        request.ifr_name[1] = (byte)'o';
        Slot socket = _writer.NewSlot();
        _writer.Call(socket, SyscallNumber.socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        // A caller with CAP_SYS_ADMIN and without CAP_NET_ADMIN may make the namespace, and not this.
        _writer.Call(SyscallNumber.ioctl, socket, SIOCSIFFLAGS, _writer.Struct(request)).Ignore(Errno.EPERM);
        _writer.Call(SyscallNumber.close, socket);
    }

    private void MoveNetworkDevices()
    {
        if (_linux.NetDevices is { Count: > 0 })
        {
            _writer.From("/linux/netDevices", "move the network devices");
            _writer.Add(OperationCode.Request, Slot.None, 0, (int)ControlKind.NetworkDevices);
        }
    }

    private void SetOomScore()
    {
        if (_process.OomScoreAdj is int score)
        {
            _writer.From("/process/oomScoreAdj", $"write {score} to oom_score_adj", HintKind.OomScore);
            WriteHostProc("self/oom_score_adj", score.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    private void SetHostNames()
    {
        if (_config.Hostname is { Length: > 0 } hostname)
        {
            _writer.From("/hostname", $"sethostname \"{hostname}\"");
            _writer.Call(SyscallNumber.sethostname, _writer.Text(hostname), System.Text.Encoding.UTF8.GetByteCount(hostname));
        }

        if (_config.Domainname is { Length: > 0 } domainname)
        {
            _writer.From("/domainname", $"setdomainname \"{domainname}\"");
            _writer.Call(SyscallNumber.setdomainname, _writer.Text(domainname), System.Text.Encoding.UTF8.GetByteCount(domainname));
        }
    }

    private void SetSysctls()
    {
        foreach ((string key, string value) in _linux.Sysctl ?? [])
        {
            _writer.From($"/linux/sysctl/{key}", $"write \"{value}\" to {key}", HintKind.Sysctl);
            WriteHostProc("sys/" + SysctlName.ToPath(key), value);
        }
    }

    private sealed class JoinedNamespace(int index, ulong flag, string path)
    {
        public int Index => index;

        public ulong Flag => flag;

        public string Path => path;

        public Slot Fd { get; set; }

        public Slot Done { get; set; }
    }
}
