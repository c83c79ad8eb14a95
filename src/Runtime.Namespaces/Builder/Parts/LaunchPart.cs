using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;
using Tmds.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>One part of a launch. It writes the operations of its own concern; what later parts need of it are its properties.</summary>
internal abstract partial class LaunchPart(PlanScope scope)
{
    // struct msghdr: where msg_iov and msg_control stand (the ABI tests hold them against the headers).
    private const int MessageIo = 16;
    private const int MessageControl = 32;

    protected PlanScope Scope => scope;

    protected PlanWriter Writer => scope.Writer;

    protected LaunchInputs Inputs => scope.Inputs;

    protected ResolvedConfig Resolved => scope.Inputs.Resolved;

    protected RuntimeConfig Config => scope.Config;

    protected ProcessSpec Process => scope.Process;

    protected LinuxSection Linux => scope.Linux;

    protected NamespaceSet Namespaces => scope.Namespaces;

    protected Slot Control => scope.Control;

    protected Slot HostProc => scope.HostProc;

    protected Slot Root => scope.Root;

    protected bool OwnsMounts => scope.OwnsMounts;

    /// <summary>Writes a text to a file below the host's procfs.</summary>
    protected PlanWriter.Step WriteHostProc(string path, string text)
    {
        Slot file = Writer.NewSlot();
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text);
        Writer.Call(file, SyscallNumber.openat, HostProc, Writer.Text(path), O_WRONLY | O_CLOEXEC);
        return Writer.Call(SyscallNumber.write, file, Writer.Bytes(bytes), bytes.Length);
    }

    /// <summary>Asks the runtime for something, and waits for its answer.</summary>
    protected void Request(ControlKind kind) => Writer.Add(OperationCode.Request, Slot.None, 0, (int)kind);

    /// <summary>Sends a request together with an fd and waits for the runtime's answer.</summary>
    protected void RequestWithFd(ControlKind kind, Slot fd, int number = 0)
    {
        Writer.Requests++;
        SendFd(kind, Control, fd, number);
        Argument answer = Writer.Room(8);
        Writer.Call(SyscallNumber.recvfrom, Control, answer, 4);
        Writer.Add(OperationCode.Test, Slot.None, 0, answer, 0xffffffffL, 1, (int)Errno.EPIPE);
    }

    /// <summary>Sends a message together with an fd (SCM_RIGHTS).</summary>
    protected void SendFd(ControlKind kind, Slot socket, Argument fd, int number = 0)
    {
        Argument message = Writer.Struct(new ControlMessage { Kind = kind, First = number });
        Argument io = Writer.Struct(new iovec { iov_len = 16 });
        Writer.Point(io, 0, message);
        // The room for the fd's number follows the header without a gap: both are multiples of 8 bytes.
        Argument controlHeader = Writer.Struct(new cmsghdr { cmsg_len = 20, cmsg_level = SOL_SOCKET, cmsg_type = SCM_RIGHTS });
        Argument rights = Writer.Room(8);
        Argument header = Writer.Struct(new msghdr { msg_iovlen = 1, msg_controllen = 24 });
        Writer.Point(header, MessageIo, io);
        Writer.Point(header, MessageControl, controlHeader);
        Writer.Add(OperationCode.Store32, Slot.None, 0, rights, fd);
        Writer.Call(SyscallNumber.sendmsg, socket, header, MSG_NOSIGNAL);
    }

    /// <summary>
    /// Becomes root of the user namespace that the child is in. Changing ids clears the signal at the parent's death (prctl(2)).
    /// </summary>
    protected void BecomeRoot()
    {
        Writer.From("/linux/uidMappings", "become root of the user namespace", HintKind.Credentials);
        Writer.Call(SyscallNumber.setresgid, 0, 0, 0);
        Writer.Call(SyscallNumber.setresuid, 0, 0, 0);
        Writer.Call(SyscallNumber.prctl, PR_SET_PDEATHSIG, SIGKILL);
    }

    /// <summary>Goes on as a new process beside this one, in new namespaces of these kinds.</summary>
    protected void GoOnAsSibling(ulong flags)
    {
        scope.Siblings++;
        Writer.Add(OperationCode.CloneSibling, Slot.None, 0, flags);
        Writer.Call(SyscallNumber.prctl, PR_SET_PDEATHSIG, SIGKILL);
    }
}
