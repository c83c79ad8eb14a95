using Runtime.Linux;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;
using Tmds.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>The last of the conversation with the runtime, and the waiting of a created container.</summary>
internal sealed class StartPart(PlanScope scope, SeccompPart seccomp) : LaunchPart(scope)
{
    /// <summary>What ends a container that waits for `start`, as it would end any program that handles nothing.</summary>
    public static ulong EndingSignals => (1UL << (SIGHUP - 1)) | (1UL << (SIGINT - 1)) | (1UL << (SIGQUIT - 1)) | (1UL << (SIGTERM - 1));

    /// <summary>Whether such a signal ends it: not where the guest's filter is loaded already and refuses one of the calls that it takes.</summary>
    public bool EndsWaiting => Inputs.Gate == StartGate.Socket && (!seccomp.LoadsEarly || (Inputs.Seccomp is SeccompFilter filter
        && FilterProbe.Allows(filter, SyscallNumber.signalfd4) && FilterProbe.Allows(filter, SyscallNumber.ppoll)
        && FilterProbe.Allows(filter, SyscallNumber.rt_sigprocmask) && FilterProbe.Allows(filter, SyscallNumber.close)
        && FilterProbe.Allows(filter, SyscallNumber.exit_group)));

    /// <summary>Everything is ready: the runtime records it, and either lets go at once or leaves that to `start`.</summary>
    public void Wait()
    {
        Writer.From("", "tell the runtime that all is ready");
        Writer.Call(SyscallNumber.prctl, PR_SET_PDEATHSIG, 0);
        Request(ControlKind.Ready);
        if (Inputs.Gate != StartGate.Socket)
        {
            return;
        }

        Writer.From("", "wait for start");
        Slot connection = Writer.NewSlot();
        Label again = Writer.NewLabel();
        Slot runtime = Writer.NewSlot();
        PeerUser(runtime, Control);
        Slot signals = Writer.NewSlot();
        Argument polled = WatchSignals(signals);
        Writer.Mark(again);
        EndOnSignal(polled);
        Writer.Call(connection, SyscallNumber.accept4, Inputs.StartSocket, 0, 0, SOCK_CLOEXEC);
        Slot caller = Writer.NewSlot();
        Argument user = PeerUser(caller, connection);
        Label admitted = Writer.NewLabel();
        Label refused = Writer.NewLabel();
        Writer.Add(OperationCode.Test, Slot.None, 0, user, 0xffffffffL, runtime, (int)Errno.EPERM).Then(admitted).On(Errno.EPERM, refused);
        Writer.Mark(refused);
        Writer.Call(SyscallNumber.close, connection);
        Writer.Jump(again);
        Writer.Mark(admitted);
        Writer.Add(OperationCode.SwitchControl, Slot.None, 0, connection);
        if (seccomp.ReportsByMemory)
        {
            SendFd(ControlKind.Report, connection, Inputs.ReportFile);
        }

        UnblockSignals(signals);
    }

    /// <summary>
    /// The first process of a pid namespace gets no signal whose action is the default one (pid_namespaces(7)), and nobody may
    /// handle one here: so they stay blocked, and a descriptor tells of them (signalfd(2)).
    /// </summary>
    private Argument WatchSignals(Slot signals)
    {
        Argument polled = Writer.Bytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes<pollfd>([new() { events = POLLIN }, new() { events = POLLIN }]));
        if (EndsWaiting)
        {
            Writer.Call(signals, SyscallNumber.signalfd4, -1, Writer.Struct(EndingSignals), sizeof(ulong), SFD_CLOEXEC);
            Writer.Add(OperationCode.Store32, Slot.None, 0, polled, Inputs.StartSocket);
            Writer.Add(OperationCode.Store32, Slot.None, 0, PlanWriter.Inside(polled, 8), signals);
        }

        return polled;
    }

    private void EndOnSignal(Argument polled)
    {
        if (!EndsWaiting)
        {
            return;
        }

        Label ended = Writer.NewLabel();
        Label called = Writer.NewLabel();
        Writer.Call(SyscallNumber.ppoll, polled, 2, 0, 0, sizeof(ulong));
        // struct pollfd: revents are its last 16 bits.
        Writer.Add(OperationCode.Test, Slot.None, 0, PlanWriter.Inside(polled, 8), (long)POLLIN << 48, 0, (int)Errno.EINTR).Then(called).On(Errno.EINTR, ended);
        Writer.Mark(ended);
        Writer.Call(SyscallNumber.exit_group, 128 + SIGTERM);
        Writer.Mark(called);
    }

    private void UnblockSignals(Slot signals)
    {
        if (EndsWaiting)
        {
            Writer.Call(SyscallNumber.close, signals);
            Writer.Call(SyscallNumber.rt_sigprocmask, SIG_SETMASK, Writer.Struct(0UL), 0, sizeof(ulong));
        }
    }

    /// <summary>
    /// The user id of a socket's peer (SO_PEERCRED, unix(7)), and where it stands. In a user namespace it is the id as
    /// that namespace maps it: so the caller of `start` is held against the runtime at the other end of the control
    /// socket, who is mapped the same way.
    /// </summary>
    private Argument PeerUser(Slot user, Slot socket)
    {
        Argument credentials = Writer.Room(16);
        Argument length = Writer.Struct(12);
        Argument place = PlanWriter.Inside(credentials, 4);
        Writer.Call(SyscallNumber.getsockopt, socket, SOL_SOCKET, SO_PEERCRED, credentials, length);
        Writer.Add(OperationCode.Load, user, 0, place, 0xffffffffL);
        return place;
    }
}
