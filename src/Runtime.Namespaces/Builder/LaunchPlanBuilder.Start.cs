using Runtime.Linux;
using Runtime.Namespaces.Child;
using Runtime.Namespaces.Plan;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder;

/// <summary>The last of the conversation with the runtime, and the waiting of a created container.</summary>
public sealed partial class LaunchPlanBuilder
{
    /// <summary>What ends a container that waits for `start`, as it would end any program that handles nothing.</summary>
    private static ulong EndingSignals => (1UL << (SIGHUP - 1)) | (1UL << (SIGINT - 1)) | (1UL << (SIGQUIT - 1)) | (1UL << (SIGTERM - 1));

    /// <summary>Not where the guest's filter is loaded already and refuses one of the calls that it takes.</summary>
    private bool EndsWaiting => _inputs.Gate == StartGate.Socket && (!LoadsSeccompEarly || (_inputs.Seccomp is SeccompFilter filter
        && FilterProbe.Allows(filter, SyscallNumber.signalfd4) && FilterProbe.Allows(filter, SyscallNumber.ppoll)
        && FilterProbe.Allows(filter, SyscallNumber.rt_sigprocmask) && FilterProbe.Allows(filter, SyscallNumber.close)
        && FilterProbe.Allows(filter, SyscallNumber.exit_group)));

    /// <summary>Everything is ready: the runtime records it, and either lets go at once or leaves that to `start`.</summary>
    private void WaitForStart()
    {
        _writer.From("", "tell the runtime that all is ready");
        _writer.Call(SyscallNumber.prctl, PR_SET_PDEATHSIG, 0);
        _writer.Add(OperationCode.Request, Slot.None, 0, (int)ControlKind.Ready);
        if (_inputs.Gate != StartGate.Socket)
        {
            return;
        }

        _writer.From("", "wait for start");
        Slot connection = _writer.NewSlot();
        Label again = _writer.NewLabel();
        Slot runtime = _writer.NewSlot();
        PeerUser(runtime, _control);
        Slot signals = _writer.NewSlot();
        Argument polled = WatchSignals(signals);
        _writer.Mark(again);
        EndOnSignal(polled);
        _writer.Call(connection, SyscallNumber.accept4, _inputs.StartSocket, 0, 0, SOCK_CLOEXEC);
        Slot caller = _writer.NewSlot();
        Argument user = PeerUser(caller, connection);
        Label admitted = _writer.NewLabel();
        Label refused = _writer.NewLabel();
        _writer.Add(OperationCode.Test, Slot.None, 0, user, 0xffffffffL, runtime, (int)Errno.EPERM).Then(admitted).On(Errno.EPERM, refused);
        _writer.Mark(refused);
        _writer.Call(SyscallNumber.close, connection);
        _writer.Jump(again);
        _writer.Mark(admitted);
        _writer.Add(OperationCode.SwitchControl, Slot.None, 0, connection);
        if (ReportsByMemory)
        {
            SendFd(ControlKind.Report, connection, _inputs.ReportFile);
        }

        UnblockSignals(signals);
    }

    /// <summary>
    /// The first process of a pid namespace gets no signal whose action is the default one (pid_namespaces(7)), and nobody may
    /// handle one here: so they stay blocked, and a descriptor tells of them (signalfd(2)).
    /// </summary>
    private Argument WatchSignals(Slot signals)
    {
        Argument polled = _writer.Bytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes<pollfd>([new() { events = POLLIN }, new() { events = POLLIN }]));
        if (EndsWaiting)
        {
            _writer.Call(signals, SyscallNumber.signalfd4, -1, _writer.Struct(EndingSignals), sizeof(ulong), SFD_CLOEXEC);
            _writer.Add(OperationCode.Store32, Slot.None, 0, polled, _inputs.StartSocket);
            _writer.Add(OperationCode.Store32, Slot.None, 0, PlanWriter.Inside(polled, 8), signals);
        }

        return polled;
    }

    private void EndOnSignal(Argument polled)
    {
        if (!EndsWaiting)
        {
            return;
        }

        Label ended = _writer.NewLabel();
        Label called = _writer.NewLabel();
        _writer.Call(SyscallNumber.ppoll, polled, 2, 0, 0, sizeof(ulong));
        // struct pollfd: revents are its last 16 bits.
        _writer.Add(OperationCode.Test, Slot.None, 0, PlanWriter.Inside(polled, 8), (long)POLLIN << 48, 0, (int)Errno.EINTR).Then(called).On(Errno.EINTR, ended);
        _writer.Mark(ended);
        _writer.Call(SyscallNumber.exit_group, 128 + SIGTERM);
        _writer.Mark(called);
    }

    private void UnblockSignals(Slot signals)
    {
        if (EndsWaiting)
        {
            _writer.Call(SyscallNumber.close, signals);
            _writer.Call(SyscallNumber.rt_sigprocmask, SIG_SETMASK, _writer.Struct(0UL), 0, sizeof(ulong));
        }
    }

    /// <summary>
    /// The user id of a socket's peer (SO_PEERCRED, unix(7)), and where it stands. In a user namespace it is the id as
    /// that namespace maps it: so the caller of `start` is held against the runtime at the other end of the control
    /// socket, who is mapped the same way.
    /// </summary>
    private Argument PeerUser(Slot user, Slot socket)
    {
        Argument credentials = _writer.Room(16);
        Argument length = _writer.Struct(12);
        Argument place = PlanWriter.Inside(credentials, 4);
        _writer.Call(SyscallNumber.getsockopt, socket, SOL_SOCKET, SO_PEERCRED, credentials, length);
        _writer.Add(OperationCode.Load, user, 0, place, 0xffffffffL);
        return place;
    }
}
