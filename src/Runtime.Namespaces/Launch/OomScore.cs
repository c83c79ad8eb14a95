using System.Globalization;
using Runtime.Linux;
using Runtime.Namespaces.Plan;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Launch;

/// <summary>The score of a process in a new user namespace (proc(5), oom_score_adj), from outside it: inside, its file is the host's root's.</summary>
public static class OomScore
{
    /// <summary>Writes it, with the runtime's rights.</summary>
    /// <param name="pid">A process that waits for the runtime.</param>
    /// <param name="score">From -1000 to 1000; one below the runtime's own takes CAP_SYS_RESOURCE.</param>
    /// <exception cref="LaunchException">The kernel refused it.</exception>
    public static void Write(int pid, int score)
    {
        Errno errno = FileText.TryWrite(AT_FDCWD, $"/proc/{pid}/oom_score_adj", score.ToString(CultureInfo.InvariantCulture));
        if (errno != Errno.OK)
        {
            throw new LaunchException("/process/oomScoreAdj", $"write {score} to oom_score_adj", errno, Hints.For(HintKind.OomScore, errno));
        }
    }
}
