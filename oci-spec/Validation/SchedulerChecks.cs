namespace OciSpec;

/// <summary>Checks of how the process is scheduled.</summary>
internal static class SchedulerChecks
{
    /// <summary>Least runtime of a SCHED_DEADLINE task, nanoseconds (sched_setattr(2)).</summary>
    private const ulong LeastRuntime = 1024;

    /// <summary>Policy and flags are known, and the attributes are those of the policy, sched_setattr(2) (config.md, Linux process).</summary>
    public static void Scheduler(RuntimeConfig config, Findings findings)
    {
        if (config.Process?.Scheduler is not { } scheduler)
        {
            return;
        }

        string at = findings.ProcessAt + "/scheduler";
        if (string.IsNullOrEmpty(scheduler.Policy))
        {
            findings.Missing(at + "/policy", "the policy");
        }
        else if (KnownValues.IndexOf(KnownValues.SchedulerPolicies, scheduler.Policy) < 0)
        {
            findings.Unknown(at + "/policy", scheduler.Policy, "a scheduling policy", KnownValues.SchedulerPolicies);
        }

        for (int i = 0; i < scheduler.Flags?.Count; i++)
        {
            if (KnownValues.IndexOf(KnownValues.SchedulerFlags, scheduler.Flags[i]) < 0)
            {
                findings.Unknown($"{at}/flags/{i}", scheduler.Flags[i], "a scheduling flag", KnownValues.SchedulerFlags);
            }
        }

        if (scheduler.Nice is < -20 or > 19)
        {
            findings.Error(at + "/nice", $"{scheduler.Nice} is out of range: -20 to 19");
        }

        Priority(scheduler, at, findings);
        Deadline(scheduler, at, findings);
    }

    /// <summary>The class is known and the level 0 to 7, ioprio_set(2) (config.md, Linux process).</summary>
    public static void IoPriority(RuntimeConfig config, Findings findings)
    {
        if (config.Process?.IoPriority is not { } priority)
        {
            return;
        }

        string at = findings.ProcessAt + "/ioPriority";
        if (string.IsNullOrEmpty(priority.Class))
        {
            findings.Missing(at + "/class", "the class");
        }
        else if (KnownValues.IndexOf(KnownValues.IoPriorityClasses, priority.Class) < 0)
        {
            findings.Unknown(at + "/class", priority.Class, "an I/O scheduling class", KnownValues.IoPriorityClasses);
        }

        if (priority.Priority is < 0 or > 7)
        {
            findings.Error(at + "/priority", $"{priority.Priority} is out of range: 0 to 7");
        }
    }

    /// <summary>Lists of CPUs (config.md, Linux process, <c>execCPUAffinity</c>).</summary>
    public static void ExecCpuAffinity(RuntimeConfig config, Findings findings)
    {
        if (config.Process?.ExecCPUAffinity is { } affinity)
        {
            CpuList(affinity.Initial, "/execCPUAffinity/initial", findings);
            CpuList(affinity.Final, "/execCPUAffinity/final", findings);
        }
    }

    private static void Priority(Scheduler scheduler, string at, Findings findings)
    {
        if (scheduler.Policy is "SCHED_FIFO" or "SCHED_RR")
        {
            if (scheduler.Priority is null or < 1 or > 99)
            {
                findings.Error(at + "/priority", $"{scheduler.Priority ?? 0} is out of range: {scheduler.Policy} takes 1 to 99");
            }
        }
        else if (scheduler.Priority is not (null or 0))
        {
            findings.Error(at + "/priority", $"{scheduler.Priority} is only for SCHED_FIFO and SCHED_RR");
        }
    }

    private static void Deadline(Scheduler scheduler, string at, Findings findings)
    {
        ulong runtime = scheduler.Runtime ?? 0;
        ulong deadline = scheduler.Deadline ?? 0;
        ulong period = scheduler.Period ?? 0;
        if (scheduler.Policy != "SCHED_DEADLINE")
        {
            if ((runtime | deadline | period) != 0)
            {
                findings.Error(at + (runtime != 0 ? "/runtime" : deadline != 0 ? "/deadline" : "/period"), "only for SCHED_DEADLINE");
            }
        }
        else if (runtime < LeastRuntime)
        {
            findings.Error(at + "/runtime", $"{runtime} is out of range: SCHED_DEADLINE takes at least {LeastRuntime} nanoseconds");
        }
        else if (deadline < runtime)
        {
            findings.Error(at + "/deadline", $"{deadline} is less than the runtime of {runtime} nanoseconds");
        }
        else if (period != 0 && period < deadline)
        {
            findings.Error(at + "/period", $"{period} is less than the deadline of {deadline} nanoseconds");
        }
    }

    private static void CpuList(string? list, string at, Findings findings)
    {
        if (!NumberList.TryParse(list, null))
        {
            findings.Error(findings.ProcessAt + at, $"{Findings.Quote(list)} is not a list of CPUs: numbers and ranges such as 0-3,7");
        }
    }
}
