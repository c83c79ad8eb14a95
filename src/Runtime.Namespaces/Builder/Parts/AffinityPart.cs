using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Plan;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>process.execCPUAffinity (config.md, Linux process): for `exec` alone; a guest's first process has none.</summary>
internal sealed class AffinityPart(PlanScope scope) : LaunchPart(scope)
{
    /// <summary>The runtime moves itself: its child starts on these CPUs, and is on no other before it is in the cgroup.</summary>
    public void SetInitial() => Set(Process.ExecCPUAffinity?.Initial, "initial");

    /// <summary>In the guest's cgroup already; without it the kernel decides, by the cgroup's cpuset.</summary>
    public void SetFinal() => Set(Process.ExecCPUAffinity?.Final, "final");

    private void Set(string? cpus, string which)
    {
        byte[] mask = NumberList.Mask(cpus, sizeof(ulong));
        if (mask.Length > 0)
        {
            Writer.From($"/process/execCPUAffinity/{which}", $"run on the CPUs {cpus}", HintKind.Affinity);
            Writer.Call(SyscallNumber.sched_setaffinity, 0, mask.Length, Writer.Bytes(mask));
        }
    }
}
