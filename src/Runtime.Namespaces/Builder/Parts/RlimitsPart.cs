using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Plan;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>Resource limits (getrlimit(2)): set by the runtime from outside, or where it may not, by the child itself.</summary>
internal sealed class RlimitsPart(PlanScope scope) : LaunchPart(scope)
{
    /// <summary>The child lowers its own as its last step.</summary>
    public void SetInside()
    {
        if (!Inputs.ChildSetsRlimits)
        {
            return;
        }

        foreach (RlimitValue limit in Compile())
        {
            Writer.From(limit.Pointer, "set the limit", HintKind.Rlimit);
            Writer.Call(SyscallNumber.prlimit64, 0, limit.Resource, Writer.Struct(limit.Value), 0);
        }
    }

    /// <summary>All that are to be set.</summary>
    public List<RlimitValue> Compile()
    {
        List<Rlimit> rlimits = Process.Rlimits ?? [];
        var compiled = new List<RlimitValue>(rlimits.Count + 1);
        bool files = false;
        for (int i = 0; i < rlimits.Count; i++)
        {
            int resource = Array.IndexOf(KnownValues.Rlimits, rlimits[i].Type);
            files |= resource == RLIMIT_NOFILE;
            compiled.Add(new RlimitValue(resource, new rlimit64 { rlim_cur = rlimits[i].Soft ?? 0, rlim_max = rlimits[i].Hard ?? 0 }, $"/process/rlimits/{i}"));
        }

        if (!files && Resolved.FileLimit is rlimit64 original)
        {
            // The .NET runtime raises the soft limit for itself; the guest has the caller's.
            compiled.Add(new RlimitValue(RLIMIT_NOFILE, original, "/process/rlimits"));
        }

        return compiled;
    }
}
