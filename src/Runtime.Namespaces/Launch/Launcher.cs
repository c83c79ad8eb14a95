using System.Runtime.InteropServices;
using Runtime.Linux;
using Runtime.Namespaces.Builder;
using Runtime.Namespaces.Child;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Launch;

/// <summary>A guest's init, launched.</summary>
/// <param name="Pid">Its process id in the runtime's pid namespace.</param>
/// <param name="Pidfd">Its pidfd; whoever has this object owns it.</param>
public sealed record LaunchedProcess(int Pid, Fd Pidfd) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Pidfd.Dispose();
}

/// <summary>
/// Carries out a <see cref="GuestPlan"/>: the operations before clone3(2), the clone, and the conversation with the
/// child until its command runs (`run`) or waits for `start` (`create`).
/// </summary>
#pragma warning disable CA1001 // What it holds goes to the caller, or is ended and closed in End.
public sealed class Launcher
#pragma warning restore CA1001
{
    private const int LongMilliseconds = 2000;

    private readonly GuestPlan _guest;
    private readonly ILaunchResponder _responder;
    private readonly LaunchInputs _inputs;
    private Fd? _copyUpFrom;
    private int _copyUpMount;
    private LaunchedProcess? _process;
    private readonly List<LaunchedProcess> _forerunners = [];
    private int _followed;
    private ReportMemory? _report;

    private Launcher(GuestPlan guest, LaunchInputs inputs, ILaunchResponder responder)
    {
        _guest = guest;
        _inputs = inputs;
        _responder = responder;
    }

    /// <summary>Launches a guest. On failure the child is gone before the exception is thrown.</summary>
    /// <param name="inputs">What to launch.</param>
    /// <param name="cgroup">The cgroup's directory for CLONE_INTO_CGROUP (Linux 5.7), or null.</param>
    /// <param name="responder">The container's owner.</param>
    /// <exception cref="LaunchException">An operation failed.</exception>
    public static LaunchedProcess Launch(LaunchInputs inputs, Fd? cgroup, ILaunchResponder responder)
    {
        inputs = WithRlimitSetter(inputs);
        using ReportMemory? report = LaunchPlanBuilder.NeedsReportFile(inputs.Seccomp) ? ReportMemory.Make() : null;
        inputs = report is null ? inputs : inputs with { ReportFile = report.File };
        GuestPlan guest = LaunchPlanBuilder.Build(inputs);
        using LaunchPlan plan = guest.Plan;
        plan.HookOutput = inputs.HookOutput;
        if (guest.ChildSetsRlimits)
        {
            HardRlimits.Require(guest.Rlimits);
        }

        var launcher = new Launcher(guest, inputs, responder) { _report = report };
        launcher.ShareReport();
        return launcher.Run(cgroup, inputs.Gate);
    }

    // SAFETY: the report lives as long as the launcher, and the plan is not run after it.
    private unsafe void ShareReport() => _guest.Plan.Context->Report = _report is null ? null : _report.Message;

    private LaunchedProcess Run(Fd? cgroup, StartGate gate)
    {
        (Fd own, Fd childs) = Sys.SocketPair(SOCK_SEQPACKET);
        using Fd control = own;
        if (_guest.Siblings > 0)
        {
            Sys.TryPassCredentials(control.Number);
        }

        _guest.Plan[_guest.RuntimeControl] = control.Number;
        Clone(childs, cgroup);
        try
        {
            _responder.Created(_process!.Pid, _process.Pidfd);
            Converse(control.Number, gate);
            return _process;
        }
        catch
        {
            End();
            throw;
        }
    }

    private void Clone(Fd childs, Fd? cgroup)
    {
        ulong mask = Sys.SigProcMask(SIG_SETMASK, ulong.MaxValue);
        try
        {
            using Fd child = childs;
            _guest.Plan[_guest.Control] = child.Number;
            InheritedMemory.Withhold(_guest.Plan);
            int result = ChildEntry.Start(_guest.Plan, _guest.CloneFlags, cgroup?.Number ?? -1, child.Number, out int pidfd);
            CloseRuntimeFds();
            if (result == 0)
            {
                throw Failure(_guest.Plan.FailedOperation, _guest.Plan.FailedErrno);
            }

            if (result < 0)
            {
                throw new LaunchException("/linux/namespaces", "make the guest's first process (clone3)", (Errno)(-result), Hints.For(HintKind.Namespace, (Errno)(-result)));
            }

            _process = new LaunchedProcess(result, new Fd(pidfd));
        }
        finally
        {
            Sys.SigProcMask(SIG_SETMASK, mask);
        }
    }

    /// <summary>The fds that the operations before clone3(2) opened are the child's now: here they would pin mounts.</summary>
    private void CloseRuntimeFds()
    {
        LaunchPlan plan = _guest.Plan;
        for (int i = 0; i < plan.ChildStart; i++)
        {
            Operation operation = plan.Operation(i);
            if (operation.Result >= 0 && OpensFd(operation.Number) && plan[new Slot(operation.Result)] >= 0)
            {
                Sys.Close((int)plan[new Slot(operation.Result)]);
            }
        }
    }

    private static bool OpensFd(int call) => call == SyscallNumber.openat || call == SyscallNumber.open_tree || call == SyscallNumber.openat2 || call == SyscallNumber.fsmount;

    private void Converse(int control, StartGate gate)
    {
        bool ahead = gate == StartGate.None && _guest.AsksForNothing && (_guest.ChildSetsRlimits || _guest.Rlimits.Count == 0) && _responder.MayBeReadyAhead;
        if (ahead)
        {
            // The child finds its answer there already: two waits for another processor less.
            _responder.Ready(_process!.Pid, ahead: true);
            Answer(control);
        }

        bool ready = false;
        if (ahead && !Sys.PollIn(control, LongMilliseconds))
        {
            _responder.TakesLong();
        }

        while (Receive(control, out ControlMessage message, out string said, out Fd? fd, out int sender))
        {
            using Fd? received = fd;
            Note(message.Kind, sender);
            switch (message.Kind)
            {
                case ControlKind.Failure:
                    throw Failure(message.First, message.Second, said);
                case ControlKind.Ready when ahead:
                    ready = true;
                    continue;
                case ControlKind.Ready:
                    _responder.Ready(_process!.Pid, ahead: false);
                    SetRlimitsAndScheduler();
                    ready = true;
                    break;
                default:
                    RequireFromUnseen(message.Kind);
                    Serve(message, received);
                    break;
            }

            Answer(control);
            if (ready && gate == StartGate.Socket)
            {
                return;
            }
        }

        // The socket is closed: by execve(2) after everything was ready, or by the child's death.
        if (_report?.Failure is ControlMessage failure)
        {
            throw Failure(failure.First, failure.Second);
        }

        if (!ready)
        {
            throw new LaunchException(string.Empty, "the guest's first process was killed while it was being set up: out of memory, or a limit of its cgroup? See the kernel's log (dmesg)");
        }
    }

    private void RequireFromUnseen(ControlKind kind)
    {
        if (_guest.LastSiblingIsSeen && _followed == _guest.Siblings && kind != ControlKind.SeccompListener)
        {
            throw new LaunchException(string.Empty, $"the first process asked for {kind} when it could be seen in its pid namespace: another process there has changed it");
        }
    }

    private void Serve(ControlMessage message, Fd? fd)
    {
        switch (message.Kind)
        {
            case ControlKind.WriteIdMaps:
                _responder.WriteIdMaps(_process!.Pid);
                break;
            case ControlKind.AttachCgroup:
                _responder.AttachCgroup(_process!.Pid);
                break;
            case ControlKind.TimeOffsets:
                _responder.SetTimeOffsets(_process!.Pid);
                break;
            case ControlKind.NetworkDevices:
                _responder.MoveNetworkDevices(_process!.Pid);
                break;
            case ControlKind.RuntimeHooks:
                _responder.RunRuntimeHooks(_process!.Pid);
                break;
            case ControlKind.Terminal:
                _responder.TakeTerminal(new Fd(fd!.Release()));
                break;
            case ControlKind.SeccompListener:
                _responder.TakeSeccompListener(_process!.Pid, new Fd(fd!.Release()));
                break;
            case ControlKind.CopyUp:
                CopyUp(fd!, message.First);
                break;
        }
    }

    // Two messages, an fd and a number each: first what is covered and the mount, then the tmpfs and whether it takes the root.
    private void CopyUp(Fd fd, int number)
    {
        if (_copyUpFrom is not Fd from)
        {
            _copyUpFrom = new Fd(fd.Release());
            _copyUpMount = number;
            return;
        }

        _responder.CopyUp(_copyUpMount, from, fd, takesRoot: number != 0);
        from.Dispose();
        _copyUpFrom = null;
    }

    /// <summary>
    /// A message from another pid is the next sibling's (the kernel vouches for the pid). The last of them is in the guest's
    /// pid namespace, where others may trace it: after it nobody is followed.
    /// </summary>
    private void Follow(int pid)
    {
        if (pid == 0 || pid == _process!.Pid || _followed == _guest.Siblings)
        {
            return;
        }

        Errno errno = Sys.TryPidfdOpen(pid, out Fd? pidfd);
        if (pidfd is null)
        {
            throw new SyscallException($"pidfd_open({pid})", errno);
        }

        // The one before has ended, or is about to: it is reaped with the guest.
        _followed++;
        _forerunners.Add(_process);
        _process = new LaunchedProcess(pid, pidfd);
        _responder.Created(pid, pidfd);
    }

    // A listener comes from a helper, who does not go on.
    private void Note(ControlKind kind, int sender)
    {
        if (kind == ControlKind.SeccompListener)
        {
            LetEnd(sender);
        }
        else
        {
            Follow(sender);
        }
    }

    /// <summary>
    /// Waits for the helper that handed the listener over (<see cref="ChildListener"/>), which ends when it has: the guest's own code is
    /// not to see it. The wait is bounded, so that a pid that is another's by now costs no more than that.
    /// </summary>
    private static void LetEnd(int helper)
    {
        const int Milliseconds = 1000;
        if (helper > 0 && Sys.TryPidfdOpen(helper, out Fd? pidfd) == Errno.OK)
        {
            using (pidfd)
            {
                Sys.PollIn(pidfd!.Number, Milliseconds);
            }
        }
    }

    // SAFETY: both structs lie on the stack for the call.
    private unsafe void SetRlimitsAndScheduler()
    {
        foreach (RlimitValue limit in _guest.ChildSetsRlimits ? [] : _guest.Rlimits)
        {
            rlimit64 value = limit.Value;
            Errno errno = Sys.TryPrlimit(_process!.Pid, limit.Resource, &value, null);
            if (errno != Errno.OK)
            {
                throw new LaunchException(limit.Pointer, "set the limit (prlimit)", errno, Hints.For(HintKind.Rlimit, errno));
            }
        }

        if (_guest.Scheduler is sched_attr attributes)
        {
            var errno = (Errno)(-(int)Sys.Raw(SyscallNumber.sched_setattr, _process!.Pid, (nint)(&attributes)));
            if (errno != Errno.OK)
            {
                throw new LaunchException("/process/scheduler", "set the scheduler (sched_setattr)", errno, Hints.For(HintKind.Scheduler, errno));
            }
        }

        foreach (LaunchedProcess forerunner in _forerunners)
        {
            Sys.TryWaitPidfd(forerunner.Pidfd.Number, WEXITED, out _);
            forerunner.Dispose();
        }

        _forerunners.Clear();
    }

    /// <summary>The inputs for a runtime that has CAP_SYS_RESOURCE, or has it not.</summary>
    public static LaunchInputs WithRlimitSetter(LaunchInputs inputs) =>
        Sys.Raw(SyscallNumber.prctl, PR_CAPBSET_READ, CAP_SYS_RESOURCE) == 1 ? inputs : inputs with { ChildSetsRlimits = true };

    private static unsafe bool Receive(int control, out ControlMessage message, out string said, out Fd? fd, out int sender)
    {
        var report = default(FailureReport);
        Span<byte> bytes = MemoryMarshal.AsBytes(new Span<FailureReport>(ref report));
        Errno errno = Sys.TryReceiveFd(control, bytes, out int length, out fd, out sender);
        if (errno == Errno.ECONNRESET)
        {
            // A child that failed before it took the answer that was there ahead; what it said is behind this (unix(7)).
            errno = Sys.TryReceiveFd(control, bytes, out length, out fd, out sender);
        }

        message = report.Message;
        said = length > sizeof(ControlMessage) ? HookOutput.LastLine(bytes[sizeof(ControlMessage)..length]) : string.Empty;
        return errno == Errno.OK && length >= sizeof(ControlMessage);
    }

    private static void Answer(int control)
    {
        int go = 1;
        Sys.TrySend(control, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in go)));
    }

    private LaunchException Failure(int operation, int errno, string said = "")
    {
        using LaunchPlan described = LaunchPlanBuilder.Build(_inputs, describe: true).Plan;
        Operation failed = described.Operation(operation);
        Origin origin = RefusedOption.Locate(_inputs.Resolved, described.Origins![operation], failed, (Errno)errno);
        return described.Failure(operation, errno, said, FailureDetail.Of(_inputs, origin, failed, (Errno)errno), origin);
    }

    /// <summary>Ends the child and waits until it is gone, with all that lived in its namespaces.</summary>
    private void End()
    {
        foreach (LaunchedProcess? process in (ReadOnlySpan<LaunchedProcess?>)[_process, .. _forerunners])
        {
            if (process is not null)
            {
                Sys.TryPidfdSendSignal(process.Pidfd.Number, SIGKILL);
                Sys.TryWaitPidfd(process.Pidfd.Number, WEXITED, out _);
                process.Dispose();
            }
        }
    }
}
