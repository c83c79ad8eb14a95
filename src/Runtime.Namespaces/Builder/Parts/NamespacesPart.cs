using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>The namespaces that exist are opened by the runtime and joined by the child; the new ones come with clone3(2), or after that.</summary>
internal sealed class NamespacesPart : LaunchPart
{
    // Not CLONE_NEWCGROUP: with clone3(2) the parent's cgroup would be the new namespace's root. Nor CLONE_NEWTIME, whose
    // offsets are written before anybody is in it.
    private const ulong MadeByClone = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

    private readonly Slot[] _fds;

    public NamespacesPart(PlanScope scope)
        : base(scope)
    {
        _fds = new Slot[Namespaces.Joined.Count];
        // A new namespace belongs to the user namespace of its maker: where one is joined, or where others must be
        // joined with rights that a new one takes away, the new ones have to wait until that is done.
        bool joinFirst = Namespaces.Joins(CLONE_NEWUSER) || (Namespaces.Makes(CLONE_NEWUSER) && Namespaces.Joined.Count > 0);
        CloneFlags = joinFirst ? 0 : Namespaces.Made & MadeByClone;
    }

    /// <summary>The namespaces that clone3(2) makes.</summary>
    public ulong CloneFlags { get; }

    /// <summary>The fd of the pid namespace that is joined; null without one.</summary>
    public Slot? PidNamespace => Find(CLONE_NEWPID);

    /// <summary>The fd of the namespace of a kind that is joined; null without one.</summary>
    public Slot? Find(ulong flag) => Namespaces.Find(flag) is JoinedNamespace joined ? FdOf(joined) : null;

    public void OpenPaths()
    {
        for (int i = 0; i < _fds.Length; i++)
        {
            JoinedNamespace joined = Namespaces.Joined[i];
            Writer.From($"/linux/namespaces/{joined.Index}/path", $"open {joined.Path}", HintKind.NamespacePath);
            _fds[i] = Writer.NewSlot();
            Writer.Call(_fds[i], SyscallNumber.openat, AT_FDCWD, Writer.Text(joined.Path), O_RDONLY | O_CLOEXEC);
            Slot type = Writer.NewSlot();
            Writer.Call(type, SyscallNumber.ioctl, _fds[i], NS_GET_NSTYPE);
            Writer.Add(OperationCode.Test, Slot.None, 0, Argument.AddressOf(type), -1L, joined.Flag, (int)Errno.EINVAL);
        }

        RefuseOwnNamespaces();
    }

    /// <summary>Joins what exists, and makes what could not come with the clone.</summary>
    public void Enter()
    {
        Join();
        ulong later = Namespaces.Made & MadeByClone & ~CloneFlags;
        if (later == 0)
        {
            return;
        }

        Writer.From("/linux/namespaces", "make the new namespaces", HintKind.Namespace);
        if (Namespaces.Joins(CLONE_NEWPID))
        {
            Writer.Call(SyscallNumber.unshare, later);
        }
        else
        {
            GoOnAsSibling(later);
        }
    }

    /// <summary>The runtime maps the ids of a new user namespace, whose root the child then is.</summary>
    public void RequestIdMaps()
    {
        string score = Process.OomScoreAdj is int adjusted ? $", and {adjusted} to oom_score_adj" : string.Empty;
        Writer.From("/linux/uidMappings", "write the user namespace's mappings" + score, HintKind.Credentials);
        Request(ControlKind.WriteIdMaps);
        BecomeRoot();
        Writer.Call(SyscallNumber.prctl, PR_SET_DUMPABLE, 0);
    }

    /// <summary>When the child is in its cgroup, which is the root of the new namespace.</summary>
    public void MakeCgroupNamespace()
    {
        if (Namespaces.Makes(CLONE_NEWCGROUP))
        {
            Writer.From("/linux/namespaces", "make the cgroup namespace", HintKind.Namespace);
            Writer.Call(SyscallNumber.unshare, CLONE_NEWCGROUP);
        }
    }

    public void JoinPidNamespace()
    {
        if (Namespaces.Find(CLONE_NEWPID) is JoinedNamespace joined && JoinsLast(joined))
        {
            Join(joined);
        }
    }

    private void Join()
    {
        // With the host's rights first; what they do not suffice for is joined from inside the user namespace.
        JoinedNamespace? user = Namespaces.Find(CLONE_NEWUSER);
        var done = new Slot[_fds.Length];
        for (int i = 0; i < _fds.Length; i++)
        {
            JoinedNamespace joined = Namespaces.Joined[i];
            if (joined != user && !JoinsLast(joined))
            {
                done[i] = user is null ? Slot.None : Writer.NewSlot();
                PlanWriter.Step step = Join(joined, done[i]);
                if (user is not null)
                {
                    step.Ignore(Errno.EPERM);
                }
            }
        }

        if (user is null)
        {
            return;
        }

        Join(user);
        BecomeRoot();
        for (int i = 0; i < _fds.Length; i++)
        {
            if (Namespaces.Joined[i] != user)
            {
                Label next = Writer.NewLabel();
                Writer.Add(OperationCode.JumpIfSet, Slot.None, 0, done[i]).Then(next);
                Join(Namespaces.Joined[i]);
                Writer.Mark(next);
            }
        }
    }

    private PlanWriter.Step Join(JoinedNamespace joined, Slot? done = null)
    {
        Writer.From($"/linux/namespaces/{joined.Index}/path", $"join {joined.Path}", HintKind.NamespacePath);
        return Writer.Call(done ?? Slot.None, SyscallNumber.setns, FdOf(joined), joined.Flag);
    }

    /// <summary>
    /// A pid namespace holds for all children from then on, and a hook's process would be seen there before it is the hook:
    /// so it is joined last, unless a user namespace takes the right to do so away.
    /// </summary>
    private bool JoinsLast(JoinedNamespace joined) => joined.Flag == CLONE_NEWPID && !Namespaces.Lists(CLONE_NEWUSER);

    private Slot FdOf(JoinedNamespace joined)
    {
        int i = 0;
        while (Namespaces.Joined[i] != joined)
        {
            i++;
        }

        return _fds[i];
    }

    /// <summary>
    /// What belongs to a namespace is set only in one that is not the runtime's own: a path may lead to that, too.
    /// </summary>
    private void RefuseOwnNamespaces()
    {
        if (Namespaces.Find(CLONE_NEWNS) is JoinedNamespace mounts)
        {
            RefuseHostsMounts(mounts);
        }

        if (Config.Hostname is { Length: > 0 })
        {
            RefuseOwnNamespace("uts", "/hostname", "the hostname");
        }

        if (Config.Domainname is { Length: > 0 })
        {
            RefuseOwnNamespace("uts", "/domainname", "the domain name");
        }

        if (Linux.NetDevices is { Count: > 0 })
        {
            RefuseOwnNamespace("network", "/linux/netDevices", "network devices");
        }

        foreach (string key in Linux.Sysctl?.Keys ?? Enumerable.Empty<string>())
        {
            if (SysctlName.ToPath(key) is string path && SysctlName.NamespaceOf(path) is string type)
            {
                RefuseOwnNamespace(type, $"/linux/sysctl/{key}", "the parameter");
            }
        }
    }

    // The same namespace has the same inode number (namespaces(7)).
    private void RefuseOwnNamespace(string type, string pointer, string what)
    {
        if (Namespaces.Find(NamespaceSet.Flag(type)) is not JoinedNamespace joined)
        {
            return;
        }

        Writer.From(pointer, $"set {what} in the namespace {joined.Path}", HintKind.OwnNamespace);
        Slot inode = InodeOf(FdOf(joined), Empty, AT_EMPTY_PATH);
        RefuseSame(inode, InodeOf(HostProc, Writer.Text("thread-self/ns/" + NamespaceSet.File(type)), 0));
    }

    /// <summary>
    /// The runtime's own mount namespace, and that of the machine's first process: a mount made there is everybody's, and stays.
    /// </summary>
    private void RefuseHostsMounts(JoinedNamespace joined)
    {
        Writer.From($"/linux/namespaces/{joined.Index}/path", $"mount in {joined.Path}", HintKind.HostsMountNamespace);
        Slot inode = InodeOf(FdOf(joined), Empty, AT_EMPTY_PATH);
        RefuseSame(inode, InodeOf(HostProc, Writer.Text("thread-self/ns/mnt"), 0));
        // EACCES: whoever may not look at it may not join it either (ptrace(2), setns(2)).
        Label unknown = Writer.NewLabel();
        RefuseSame(inode, InodeOf(HostProc, Writer.Text("1/ns/mnt"), 0, unknown));
        Writer.Mark(unknown);
    }

    private void RefuseSame(Slot inode, Slot own)
    {
        Label other = Writer.NewLabel();
        Writer.Add(OperationCode.Test, Slot.None, 0, Argument.AddressOf(inode), -1L, own, (int)Errno.EPERM).On(Errno.EPERM, other);
        Writer.Fail(Errno.EPERM);
        Writer.Mark(other);
    }
}
