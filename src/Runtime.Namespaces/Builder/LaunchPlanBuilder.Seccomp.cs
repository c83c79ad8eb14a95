using System.Runtime.InteropServices;
using Runtime.Linux;
using Runtime.Namespaces.Child;
using Runtime.Namespaces.Plan;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder;

/// <summary>
/// When the guest's filter is loaded. As a rule just before execve(2), so that a profile need not allow anything that cctl
/// does: a filter that is not no_new_privs' takes CAP_SYS_ADMIN, which the child keeps until then; execve(2) takes it away,
/// since it computes the permitted set from the bounding and ambient ones alone (capabilities(7)). Where processes of a guest
/// see the child by then, that capability must not lie about: there the filter comes before, if it allows the few calls that
/// are left. And a filter with a listener comes while the runtime is still there to take it.
/// </summary>
public sealed partial class LaunchPlanBuilder
{
    private bool NoNewPrivileges => _process.NoNewPrivileges == true;

    private bool SeccompListens => _inputs.Seccomp is SeccompFilter filter && (filter.Flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0;

    private bool LoadsSeccompEarly { get; set; }

    /// <summary>What the child holds beside the config's capabilities until its filter is loaded.</summary>
    private ulong CapabilitiesForSeccomp => _inputs.Seccomp is not null && !NoNewPrivileges ? 1UL << CAP_SYS_ADMIN : 0;

    /// <summary>Whether the filter, loaded late, lets the child say of a failed execve(2) neither by sendto(2) nor by write(2).</summary>
    private bool ReportsByMemory => _inputs.Seccomp is SeccompFilter filter && NeedsReportFile(filter) && !LoadsSeccompEarly;

    /// <summary>Whether a launch with this filter needs <see cref="LaunchInputs.ReportFile"/>.</summary>
    public static bool NeedsReportFile(SeccompFilter? filter) =>
        filter is not null && !FilterProbe.Allows(filter, SyscallNumber.sendto) && !FilterProbe.Allows(filter, SyscallNumber.write);

    private void PlaceSeccomp()
    {
        if (_inputs.Seccomp is not SeccompFilter filter)
        {
            return;
        }

        if (FilterProbe.Refusal(filter, SyscallNumber.execve) is string refusal)
        {
            throw new LaunchException("/linux/seccomp", $"the filter {refusal}, the execve(2) that runs /process/args: allow execve");
        }

        LoadsSeccompEarly = SeccompListens || (!NoNewPrivileges && IsSeen && !RunsStartContainerHooks && AllowsTheRest(filter));
    }

    /// <summary>Whether the filter allows all that the child does between it and execve(2) when it is loaded early.</summary>
    private bool AllowsTheRest(SeccompFilter filter) =>
        FilterProbe.Allows(filter, SyscallNumber.capset)
        && (!EntersPid || FilterProbe.Allows(filter, SyscallNumber.clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0))
        && FilterProbe.Allows(filter, SyscallNumber.prctl, PR_SET_PDEATHSIG)
        && FilterProbe.Allows(filter, SyscallNumber.close_range)
        && FilterProbe.Allows(filter, SyscallNumber.setsid)
        && (_process.Terminal != true || FilterProbe.Allows(filter, SyscallNumber.ioctl, 0, TIOCSCTTY))
        && FilterProbe.Allows(filter, SyscallNumber.sendto)
        && FilterProbe.Allows(filter, SyscallNumber.recvfrom)
        && FilterProbe.Allows(filter, SyscallNumber.exit_group)
        && (!_inputs.LimitsInside || FilterProbe.Allows(filter, SyscallNumber.prlimit64))
        && (_inputs.Gate != StartGate.Socket
            || (FilterProbe.Allows(filter, SyscallNumber.accept4) && FilterProbe.Allows(filter, SyscallNumber.getsockopt) && FilterProbe.Allows(filter, SyscallNumber.close)));

    private void LoadSeccompEarly(CapabilitySets sets)
    {
        if (!LoadsSeccompEarly)
        {
            return;
        }

        LoadSeccomp();
        if (CapabilitiesForSeccomp != 0)
        {
            SetCapabilities(sets, 0);
            _writer.Call(SyscallNumber.prctl, PR_SET_PDEATHSIG, SIGKILL);
        }
    }

    private void LoadSeccompLate()
    {
        if (!LoadsSeccompEarly)
        {
            LoadSeccomp();
        }
    }

    private void LoadSeccomp()
    {
        if (_inputs.Seccomp is not SeccompFilter filter)
        {
            return;
        }

        _writer.From("/linux/seccomp", "load the filter", HintKind.Seccomp);
        if (!SeccompListens)
        {
            _writer.Call(SyscallNumber.seccomp, SECCOMP_SET_MODE_FILTER, (long)filter.Flags, FilterProgram(filter));
            return;
        }

        Slot listener = _writer.NewSlot();
        _writer.Requests++;
        _writer.Add(OperationCode.LoadListener, listener, 0, (long)filter.Flags, FilterProgram(filter));
        _writer.Call(SyscallNumber.close, listener);
    }

    private Argument FilterProgram(SeccompFilter filter)
    {
        Argument instructions = _writer.Bytes(MemoryMarshal.AsBytes<sock_filter>(filter.Program));
        Argument program = _writer.Struct(new sock_fprog { len = checked((ushort)filter.Program.Length) });
        _writer.Point(program, 8, instructions);
        return program;
    }
}
