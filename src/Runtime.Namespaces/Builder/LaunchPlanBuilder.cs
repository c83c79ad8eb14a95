using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Plan;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder;

/// <summary>
/// Compiles a configuration into a <see cref="LaunchPlan"/>. The order of the parts below is the order of the launch,
/// as docs/ARCHITECTURE.md draws it. Each part stands in a file of its own.
/// </summary>
public sealed partial class LaunchPlanBuilder
{
    // struct msghdr: where msg_iov and msg_control stand (the ABI tests hold them against the headers).
    private const int MessageIo = 16;
    private const int MessageControl = 32;
    private const int StatfsSize = 120;

    private readonly PlanWriter _writer;
    private readonly LaunchInputs _inputs;
    private readonly RuntimeConfig _config;
    private readonly ProcessSpec _process;
    private readonly LinuxSection _linux;
    private Slot _control;
    private Slot _runtimeControl;
    private Slot _hostProc;

    private LaunchPlanBuilder(LaunchInputs inputs, bool describe)
    {
        _inputs = inputs;
        _config = inputs.Config;
        // config.md, process: required when `start` is called.
        _process = inputs.Config.Process ?? (inputs.Gate == StartGate.Socket ? new ProcessSpec() : throw new LaunchException("/process", "missing: there is nothing to run"));
        _linux = inputs.Config.Linux ?? new LinuxSection();
        _writer = new PlanWriter(describe);
    }

    /// <summary>Compiles a launch. With <paramref name="describe"/> the plan can tell where each operation comes from.</summary>
    /// <exception cref="LaunchException">The configuration asks for what cannot be done.</exception>
    public static GuestPlan Build(LaunchInputs inputs, bool describe = false)
    {
        var builder = new LaunchPlanBuilder(inputs, describe);
        try
        {
            return inputs.Exec is ExecTarget target ? builder.CompileExec(target) : builder.Compile();
        }
        catch (OverflowException)
        {
            throw new LaunchException(string.Empty, $"the config asks for more than the {short.MaxValue} operations that a launch can have: it has too many mounts, paths or devices");
        }
    }

    private GuestPlan Compile()
    {
        _control = _writer.NewSlot();
        _runtimeControl = _writer.NewSlot();
        ReadNamespaces();
        PlaceSeccomp();
        OpenHostProc();
        OpenNamespacePaths();
        if (!_inputs.MountsInside)
        {
            OpenSources();
        }

        GivePipesAsHost();
        int childStart = _writer.Count;
        ProtectChild();
        EnterNamespaces();
        if (_inputs.MountsInside)
        {
            OpenSources();
        }

        SetHostNames();
        SetSysctls();
        AttachRoot();
        MountAll();
        MakeDevices();
        MakeConsole();
        CoverPaths();
        RunHooksBeforePivot();
        SealMounts();
        MakeWorkingDirectory();
        ChangeRoot();
        SetLabels();
        JoinKeyring();
        ReopenNullStreams();
        LetHostProcGo();
        JoinPidNamespace();

        GivePipesToUser();
        UseTerminal();
        SetScheduling();
        SetCredentials();
        LetGoOfTheHost();
        EnterPidNamespace();
        LeadSession();
        WaitForStart();
        RunStartContainerHooks();
        Execute();
        return new GuestPlan(_writer.Finish(childStart), _control, _cloneFlags)
        {
            RuntimeControl = _runtimeControl,
            Siblings = _siblings,
            Scheduler = _schedulerFromOutside,
            LastSiblingIsSeen = _joinsPid,
            AsksForNothing = _writer.Requests == 1 && _siblings == 0 && _config.Hooks?.StartContainer is not { Count: > 0 },
            MapsIds = _newUser,
            Rlimits = CompileRlimits(),
            LimitsInside = _inputs.LimitsInside,
        };
    }

    /// <summary>
    /// What comes from the host, with the host's rights; an ordinary user may copy mounts only inside the user namespace
    /// that it has just made.
    /// </summary>
    private void OpenSources()
    {
        OpenRoot();
        OpenMountSources();
        OpenHostDevices();
        MakeNodesOutside();
    }

    /// <summary>The host's procfs, for labels, oom_score_adj and sysctl: never the guest's, which may be anything.</summary>
    private void OpenHostProc()
    {
        _writer.From("", "open the host's /proc");
        _hostProc = _writer.NewSlot();
        _writer.Call(_hostProc, SyscallNumber.openat, AT_FDCWD, _writer.Text("/proc"), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        RequireFilesystem(_hostProc, PROC_SUPER_MAGIC, equal: true, Errno.ENODEV);
    }

    /// <summary>The host's procfs leads to the host's root: it goes before any process of the guest can see this one.</summary>
    private void LetHostProcGo()
    {
        _writer.From("", "let go of the host's /proc");
        _writer.Call(SyscallNumber.close, _hostProc);
    }

    /// <summary>Fails with <paramref name="otherwise"/> unless the fd lies on (or does not lie on) such a filesystem.</summary>
    private void RequireFilesystem(Slot fd, long magic, bool equal, Errno otherwise)
    {
        Argument room = _writer.Room(StatfsSize);
        _writer.Call(SyscallNumber.fstatfs, fd, room);
        if (equal)
        {
            _writer.Add(OperationCode.Test, Slot.None, 0, room, -1L, magic, (int)otherwise);
            return;
        }

        Label fine = _writer.NewLabel();
        _writer.Add(OperationCode.Test, Slot.None, 0, room, -1L, magic, (int)Errno.ENODEV).On(Errno.ENODEV, fine);
        _writer.Fail(otherwise);
        _writer.Mark(fine);
    }

    private void ProtectChild()
    {
        _writer.From("", "keep the child from outliving the runtime");
        _writer.Call(SyscallNumber.prctl, PR_SET_PDEATHSIG, SIGKILL);
        // With a copy of the runtime's end the child would never see it close: the runtime may be killed before the line
        // above, or while the child, ready, waits for its answer.
        _writer.Call(SyscallNumber.close, _runtimeControl);
        foreach (int fd in _inputs.RuntimeFds)
        {
            _writer.Call(SyscallNumber.close, fd);
        }

        _writer.Call(SyscallNumber.umask, 0);
        if (!_newUser)
        {
            _writer.Call(SyscallNumber.prctl, PR_SET_DUMPABLE, 0);
        }
    }

    /// <summary>Writes a text to a file below the host's procfs.</summary>
    private PlanWriter.Step WriteHostProc(string path, string text)
    {
        Slot file = _writer.NewSlot();
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text);
        _writer.Call(file, SyscallNumber.openat, _hostProc, _writer.Text(path), O_WRONLY | O_CLOEXEC);
        return _writer.Call(SyscallNumber.write, file, _writer.Bytes(bytes), bytes.Length);
    }

    /// <summary>Sends a request together with an fd and waits for the runtime's answer.</summary>
    private void RequestWithFd(Child.ControlKind kind, Slot fd, int number = 0)
    {
        _writer.Requests++;
        SendFd(kind, _control, fd, number);
        Argument answer = _writer.Room(8);
        _writer.Call(SyscallNumber.recvfrom, _control, answer, 4);
        _writer.Add(OperationCode.Test, Slot.None, 0, answer, 0xffffffffL, 1, (int)Errno.EPIPE);
    }

    /// <summary>Sends a message together with an fd (SCM_RIGHTS).</summary>
    private void SendFd(Child.ControlKind kind, Slot socket, Argument fd, int number = 0)
    {
        Argument message = _writer.Struct(new Child.ControlMessage { Kind = kind, First = number });
        Argument io = _writer.Struct(new iovec { iov_len = 16 });
        _writer.Point(io, 0, message);
        // The room for the fd's number follows the header without a gap: both are multiples of 8 bytes.
        Argument controlHeader = _writer.Struct(new cmsghdr { cmsg_len = 20, cmsg_level = SOL_SOCKET, cmsg_type = SCM_RIGHTS });
        Argument rights = _writer.Room(8);
        Argument header = _writer.Struct(new msghdr { msg_iovlen = 1, msg_controllen = 24 });
        _writer.Point(header, MessageIo, io);
        _writer.Point(header, MessageControl, controlHeader);
        _writer.Add(OperationCode.Store32, Slot.None, 0, rights, fd);
        _writer.Call(SyscallNumber.sendmsg, socket, header, MSG_NOSIGNAL);
    }
}
