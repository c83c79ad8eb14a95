using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Plan;

namespace Runtime.Namespaces.Builder;

/// <summary>process.execCPUAffinity (config.md, Linux process): for `exec` alone; a guest's first process has none.</summary>
public sealed partial class LaunchPlanBuilder
{
    /// <summary>The runtime moves itself: its child starts on these CPUs, and is on no other before it is in the cgroup.</summary>
    private void SetInitialAffinity() => SetAffinity(_process.ExecCPUAffinity?.Initial, "initial");

    /// <summary>In the guest's cgroup already; without it the kernel decides, by the cgroup's cpuset.</summary>
    private void SetFinalAffinity() => SetAffinity(_process.ExecCPUAffinity?.Final, "final");

    private void SetAffinity(string? cpus, string which)
    {
        byte[] mask = NumberMask.Parse(cpus);
        if (mask.Length > 0)
        {
            _writer.From($"/process/execCPUAffinity/{which}", $"run on the CPUs {cpus}", HintKind.Affinity);
            _writer.Call(SyscallNumber.sched_setaffinity, 0, mask.Length, _writer.Bytes(mask));
        }
    }
}
