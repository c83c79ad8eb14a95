using Runtime.Linux;
using Runtime.Namespaces.Plan;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>What the child does for its own sake, before it begins with the guest.</summary>
internal sealed class ChildPart(PlanScope scope) : LaunchPart(scope)
{
    public void Protect()
    {
        Writer.From("", "keep the child from outliving the runtime");
        Writer.Call(SyscallNumber.prctl, PR_SET_PDEATHSIG, SIGKILL);
        // With a copy of the runtime's end the child would never see it close: the runtime may be killed before the line
        // above, or while the child, ready, waits for its answer.
        Writer.Call(SyscallNumber.close, Scope.RuntimeControl);
        foreach (int fd in Inputs.RuntimeFds)
        {
            Writer.Call(SyscallNumber.close, fd);
        }

        Writer.Call(SyscallNumber.umask, 0);
        if (!Namespaces.Makes(CLONE_NEWUSER))
        {
            Writer.Call(SyscallNumber.prctl, PR_SET_DUMPABLE, 0);
        }
    }

    /// <summary>Where the driver puts the child into its cgroup after the clone, it waits for that.</summary>
    public void AwaitCgroup()
    {
        if (Inputs.CgroupAfterClone)
        {
            Writer.From("/linux/cgroupsPath", "enter the cgroup");
            Request(ControlKind.AttachCgroup);
        }
    }
}
