using System.Globalization;
using System.Text;
using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Plan;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>What the kernel keeps for a namespace or a process: host names, parameters, the OOM killer's score.</summary>
internal sealed class KernelSettingsPart(PlanScope scope) : LaunchPart(scope)
{
    public void SetOomScore()
    {
        if (Process.OomScoreAdj is int score)
        {
            Writer.From("/process/oomScoreAdj", $"write {score} to oom_score_adj", HintKind.OomScore);
            WriteHostProc("self/oom_score_adj", score.ToString(CultureInfo.InvariantCulture));
        }
    }

    public void SetHostNames()
    {
        if (Config.Hostname is { Length: > 0 } hostname)
        {
            Writer.From("/hostname", $"sethostname \"{hostname}\"");
            Writer.Call(SyscallNumber.sethostname, Writer.Text(hostname), Encoding.UTF8.GetByteCount(hostname));
        }

        if (Config.Domainname is { Length: > 0 } domainname)
        {
            Writer.From("/domainname", $"setdomainname \"{domainname}\"");
            Writer.Call(SyscallNumber.setdomainname, Writer.Text(domainname), Encoding.UTF8.GetByteCount(domainname));
        }
    }

    public void SetSysctls()
    {
        foreach ((string key, string value) in Linux.Sysctl ?? [])
        {
            Writer.From($"/linux/sysctl/{key}", $"write \"{value}\" to {key}", HintKind.Sysctl);
            WriteHostProc("sys/" + SysctlName.ToPath(key), value);
        }
    }
}
