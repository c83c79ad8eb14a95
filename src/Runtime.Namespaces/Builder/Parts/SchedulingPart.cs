using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Plan;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>When the process runs, with which memory, and as what kind of machine.</summary>
internal sealed class SchedulingPart(PlanScope scope) : LaunchPart(scope)
{
    /// <summary>The policy that the runtime sets from outside, just before the command runs; null where the child has set it.</summary>
    public sched_attr? FromOutside { get; private set; }

    public void Set()
    {
        SetScheduler();
        SetIoPriority();
        SetMemoryPolicy();
        SetPersonality();
    }

    /// <summary>set_mempolicy(2), after the cgroup was entered: its cpuset decides which nodes there are.</summary>
    private void SetMemoryPolicy()
    {
        if (Linux.MemoryPolicy is not LinuxMemoryPolicy policy)
        {
            return;
        }

        Writer.From("/linux/memoryPolicy", $"set the memory policy {policy.Mode}", HintKind.MemoryPolicy);
        byte[] nodes = NumberList.Mask(policy.Nodes, sizeof(ulong));
        // The kernel takes one bit less than it is told (get_nodes in mm/mempolicy.c).
        Argument mask = nodes.Length == 0 ? 0 : Writer.Bytes(nodes);
        Writer.Call(SyscallNumber.set_mempolicy, MemoryPolicyMode(policy), mask, nodes.Length == 0 ? 0 : (nodes.Length * 8) + 1);
    }

    private void SetScheduler()
    {
        if (Process.Scheduler is not Scheduler scheduler)
        {
            return;
        }

        Writer.From("/process/scheduler", $"set the scheduler {scheduler.Policy}", HintKind.Scheduler);
        ulong flags = 0;
        foreach (string flag in scheduler.Flags ?? [])
        {
            flags |= SchedulerFlag(flag);
        }

        var attributes = new sched_attr
        {
            size = 56,
            sched_policy = SchedulerPolicy(scheduler.Policy),
            sched_flags = flags,
            sched_nice = scheduler.Nice ?? 0,
            sched_priority = (uint)(scheduler.Priority ?? 0),
            sched_runtime = scheduler.Runtime ?? 0,
            sched_deadline = scheduler.Deadline ?? 0,
            sched_period = scheduler.Period ?? 0,
        };
        if (Scope.EntersPid)
        {
            // Some policies do not outlive the making of a sibling (SCHED_DEADLINE, SCHED_FLAG_RESET_ON_FORK): the runtime sets it.
            FromOutside = attributes;
            return;
        }

        Writer.Call(SyscallNumber.sched_setattr, 0, Writer.Struct(attributes), 0);
    }

    private void SetIoPriority()
    {
        if (Process.IoPriority is not IoPriority priority)
        {
            return;
        }

        int level = priority.Class switch { "IOPRIO_CLASS_RT" => 1, "IOPRIO_CLASS_BE" => 2, "IOPRIO_CLASS_IDLE" => 3, _ => 0 };
        Writer.From("/process/ioPriority", $"set the I/O priority {priority.Class}", HintKind.IoPriority);
        Writer.Call(SyscallNumber.ioprio_set, IOPRIO_WHO_PROCESS, 0, (level << IOPRIO_CLASS_SHIFT) | (priority.Priority ?? 0));
    }

    private void SetPersonality()
    {
        if (Linux.Personality?.Domain is string domain)
        {
            Writer.From("/linux/personality/domain", $"set the personality {domain}");
            Writer.Call(SyscallNumber.personality, domain == "LINUX32" ? 8 : 0);
        }
    }

    private static uint SchedulerPolicy(string? name) => name switch
    {
        "SCHED_FIFO" => SCHED_FIFO,
        "SCHED_RR" => SCHED_RR,
        "SCHED_BATCH" => SCHED_BATCH,
        "SCHED_ISO" => 4, // reserved in linux/sched.h, and refused by every kernel so far
        "SCHED_IDLE" => SCHED_IDLE,
        "SCHED_DEADLINE" => SCHED_DEADLINE,
        _ => SCHED_OTHER,
    };

    private static ulong SchedulerFlag(string name) => name switch
    {
        "SCHED_FLAG_RESET_ON_FORK" => 0x01,
        "SCHED_FLAG_RECLAIM" => 0x02,
        "SCHED_FLAG_DL_OVERRUN" => 0x04,
        "SCHED_FLAG_KEEP_POLICY" => 0x08,
        "SCHED_FLAG_KEEP_PARAMS" => 0x10,
        "SCHED_FLAG_UTIL_CLAMP_MIN" => 0x20,
        "SCHED_FLAG_UTIL_CLAMP_MAX" => 0x40,
        _ => 0,
    };

    // set_mempolicy(2), linux/mempolicy.h
    private static int MemoryPolicyMode(LinuxMemoryPolicy policy)
    {
        int mode = policy.Mode switch
        {
            "MPOL_PREFERRED" => 1,
            "MPOL_BIND" => 2,
            "MPOL_INTERLEAVE" => 3,
            "MPOL_LOCAL" => 4,
            "MPOL_PREFERRED_MANY" => 5, // Linux 5.15
            "MPOL_WEIGHTED_INTERLEAVE" => 6, // Linux 6.9
            _ => 0,
        };
        foreach (string flag in policy.Flags ?? [])
        {
            mode |= flag switch { "MPOL_F_STATIC_NODES" => 1 << 15, "MPOL_F_RELATIVE_NODES" => 1 << 14, "MPOL_F_NUMA_BALANCING" => 1 << 13, _ => 0 };
        }

        return mode;
    }
}
