using System.Runtime.InteropServices;
using Runtime.Linux;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>
/// When the guest's filter is loaded. As a rule just before execve(2), so that a profile need not allow anything that cctl
/// does: a filter that is not no_new_privs' takes CAP_SYS_ADMIN, which the child keeps until then; execve(2) takes it away,
/// since it computes the permitted set from the bounding and ambient ones alone (capabilities(7)). Where processes of a guest
/// see the child by then, that capability must not lie about: there the filter comes before, if it allows the few calls that
/// are left. And a filter with a listener comes while the runtime is still there to take it.
/// </summary>
internal sealed class SeccompPart(PlanScope scope) : LaunchPart(scope)
{
    /// <summary>/process/noNewPrivileges.</summary>
    public bool NoNewPrivileges => Process.NoNewPrivileges == true;

    private bool Listens => Inputs.Seccomp is SeccompFilter filter && (filter.Flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0;

    /// <summary>Whether the filter comes before the last calls of the child, not just before execve(2).</summary>
    public bool LoadsEarly { get; private set; }

    /// <summary>What the child holds beside the config's capabilities until its filter is loaded.</summary>
    public ulong CapabilitiesForIt => Inputs.Seccomp is not null && !NoNewPrivileges ? 1UL << CAP_SYS_ADMIN : 0;

    /// <summary>Whether the filter, loaded late, lets the child say of a failed execve(2) neither by sendto(2) nor by write(2).</summary>
    public bool ReportsByMemory => Inputs.Seccomp is SeccompFilter filter && NeedsReportFile(filter) && !LoadsEarly;

    /// <summary>Whether a launch with this filter needs <see cref="LaunchInputs.ReportFile"/>.</summary>
    public static bool NeedsReportFile(SeccompFilter? filter) =>
        filter is not null && !FilterProbe.Allows(filter, SyscallNumber.sendto) && !FilterProbe.Allows(filter, SyscallNumber.write);

    /// <summary>Decides when it is loaded.</summary>
    public void Place()
    {
        if (Inputs.Seccomp is not SeccompFilter filter)
        {
            return;
        }

        if (FilterProbe.Refusal(filter, SyscallNumber.execve) is string refusal)
        {
            throw new LaunchException("/linux/seccomp", $"execve(2), which runs /process/args: the filter {refusal}: allow execve");
        }

        LoadsEarly = Listens || (!NoNewPrivileges && Scope.IsSeen && !Scope.RunsStartContainerHooks && AllowsTheRest(filter));
    }

    /// <summary>Whether the filter allows all that the child does between it and execve(2) when it is loaded early.</summary>
    private bool AllowsTheRest(SeccompFilter filter) =>
        FilterProbe.Allows(filter, SyscallNumber.capset)
        && (!Scope.EntersPid || FilterProbe.Allows(filter, SyscallNumber.clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0))
        && FilterProbe.Allows(filter, SyscallNumber.prctl, PR_SET_PDEATHSIG)
        && FilterProbe.Allows(filter, SyscallNumber.close_range)
        && FilterProbe.Allows(filter, SyscallNumber.setsid)
        && (Process.Terminal != true || FilterProbe.Allows(filter, SyscallNumber.ioctl, 0, TIOCSCTTY))
        && FilterProbe.Allows(filter, SyscallNumber.sendto)
        && FilterProbe.Allows(filter, SyscallNumber.recvfrom)
        && FilterProbe.Allows(filter, SyscallNumber.exit_group)
        && (!Inputs.ChildSetsRlimits || FilterProbe.Allows(filter, SyscallNumber.prlimit64))
        && (Inputs.Gate != StartGate.Socket
            || (FilterProbe.Allows(filter, SyscallNumber.accept4) && FilterProbe.Allows(filter, SyscallNumber.getsockopt) && FilterProbe.Allows(filter, SyscallNumber.close)));

    /// <summary>Loads it just before execve(2), unless it is there by then.</summary>
    public void LoadLate()
    {
        if (!LoadsEarly)
        {
            Load();
        }
    }

    /// <summary>Loads it.</summary>
    public void Load()
    {
        if (Inputs.Seccomp is not SeccompFilter filter)
        {
            return;
        }

        Writer.From("/linux/seccomp", "load the filter", HintKind.Seccomp);
        if (!Listens)
        {
            Writer.Call(SyscallNumber.seccomp, SECCOMP_SET_MODE_FILTER, (long)filter.Flags, Program(filter));
            return;
        }

        Slot listener = Writer.NewSlot();
        Writer.Requests++;
        Writer.Add(OperationCode.LoadListener, listener, 0, (long)filter.Flags, Program(filter));
        Writer.Call(SyscallNumber.close, listener);
    }

    /// <summary>The filter as seccomp(2) takes it.</summary>
    public Argument Program(SeccompFilter filter)
    {
        Argument instructions = Writer.Bytes(MemoryMarshal.AsBytes<sock_filter>(filter.Program));
        Argument program = Writer.Struct(new sock_fprog { len = checked((ushort)filter.Program.Length) });
        Writer.Point(program, 8, instructions);
        return program;
    }
}
