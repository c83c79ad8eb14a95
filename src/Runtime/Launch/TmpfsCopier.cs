using System.Globalization;
using System.Text;
using Runtime.Cgroups;
using Runtime.Cgroups.Stats;
using Runtime.Linux;
using Runtime.Namespaces;
using Runtime.Namespaces.Launch;
using static Runtime.Linux.Abi;

namespace Runtime.Launch;

/// <summary>
/// Has <see cref="TmpfsCopy"/> done by a process of its own, in the container's cgroup: what is copied is the guest's
/// memory, input and output and time, and a limit that it does not fit into ends the copying and not the host's health.
/// The process is this executable again, with the two descriptors and nothing else; it dies with the runtime.
/// </summary>
/// <remarks>
/// It enters the cgroup when it has started: so the executable's own start is not charged to the guest, and a limit of
/// one process, which the guest's first is, does not forbid the copying (moving is not limited, cgroups(7)).
/// </remarks>
public static class TmpfsCopier
{
    /// <summary>The word on the command line that makes the executable the copier. Not for people: it needs the descriptors.</summary>
    public const string Command = "copy-up";

    // The copier's descriptors.
    private const int From = 3;
    private const int To = 4;
    private const int Errors = 5;
    private const int CgroupProcs = 6;
    private const int LongestError = 16 << 10;

    /// <summary>Copies, and waits for the end of it.</summary>
    /// <param name="pointer">The options of the mount in the config.</param>
    /// <param name="from">The covered directory; it stays the caller's.</param>
    /// <param name="to">The tmpfs; it stays the caller's.</param>
    /// <param name="takesRoot">As <see cref="TmpfsCopy.Copy"/> has it.</param>
    /// <param name="cgroup">The container's cgroup; null where it has none.</param>
    /// <exception cref="LaunchException">Something could not be copied.</exception>
    /// <exception cref="ContainerException">The guest's memory is too small for it.</exception>
    internal static void Run(string pointer, Fd from, Fd to, bool takesRoot, Cgroup? cgroup)
    {
        (Fd errors, Fd childs) = Sys.Pipe();
        using Fd read = errors;
        LaunchedProcess started;
        using (childs)
        {
            using Fd? procs = cgroup is null ? null : Sys.OpenAt(cgroup.Directory.Number, "cgroup.procs", O_WRONLY);
            started = CompanionProcess.Start(
                new CompanionProgram
                {
                    Path = "/proc/self/exe",
                    Arguments = ["cctl", Command, takesRoot ? "1" : "0", Sys.GetPid().ToString(CultureInfo.InvariantCulture)],
                    Environment = [],
                    Fds = procs is null ? [from.Number, to.Number, childs.Number] : [from.Number, to.Number, childs.Number, procs.Number],
                    DiesWithStarter = true,
                },
                cgroup: null);
        }

        using LaunchedProcess copier = started;
        string error = ReadError(read);
        Sys.TryWaitPidfd(copier.Pidfd.Number, WEXITED, out siginfo_wait end);
        if (error.Length > 0)
        {
            throw new LaunchException(pointer, error);
        }

        if (end.si_code != CLD_EXITED)
        {
            throw new ContainerException(end.si_status == SIGKILL && cgroup is not null && OomReport.Explain(cgroup) is not null
                ? $"{pointer}: tmpcopyup: the kernel killed the copying: the files do not fit into the guest's memory: give it a larger limit (/linux/resources/memory/limit), or the tmpfs a smaller size="
                : $"{pointer}: tmpcopyup: the copying was ended by signal {end.si_status}");
        }

        if (end.si_status != 0)
        {
            throw new LaunchException(pointer, $"tmpcopyup: the copying ended with exit status {end.si_status}");
        }
    }

    /// <summary>The copier's life.</summary>
    /// <param name="arguments">The command line from <see cref="Command"/> on.</param>
    /// <returns>The exit status.</returns>
    public static int Main(string[] arguments)
    {
        try
        {
            if (arguments is not [_, var takesRoot, var starter])
            {
                throw new LaunchException(string.Empty, "tmpcopyup: copy-up is for cctl itself to call");
            }

            // The signal comes with the starter's death; one that died before it was asked for is no parent any more.
            if (Sys.TryPrctl(PR_SET_PDEATHSIG, SIGKILL) != Errno.OK || Sys.GetParentPid().ToString(CultureInfo.InvariantCulture) != starter)
            {
                return 1;
            }

            EnterCgroup();
            TmpfsCopy.Copy(new Fd(From), new Fd(To), takesRoot == "1");
            return 0;
        }
        catch (Exception e) when (e is LaunchException or SyscallException)
        {
            Sys.TryWrite(Errors, Encoding.UTF8.GetBytes(e.Message));
            return 1;
        }
    }

    private static void EnterCgroup()
    {
        if (Sys.Raw(SyscallNumber.fcntl, CgroupProcs, F_GETFD) < 0)
        {
            return; // without a cgroup there is none to be charged
        }

        // The guest's first process waits for this one, and is not to be killed in its stead.
        FileText.TryWrite(AT_FDCWD, "/proc/self/oom_score_adj", "1000");
        Errno errno = Sys.TryWrite(CgroupProcs, "0"u8);

        // An ordinary user may not move processes between the cgroups that systemd gave him: then they are his own all the same.
        if (errno != Errno.OK && !(errno is Errno.EACCES or Errno.EPERM && Sys.GetEuid() != 0))
        {
            throw new LaunchException(string.Empty, "tmpcopyup: enter the container's cgroup", errno, string.Empty);
        }
    }

    private static string ReadError(Fd pipe)
    {
        var text = new byte[LongestError];
        int length = 0, read;
        while (length < text.Length && (read = Sys.Read(pipe.Number, text.AsSpan(length))) > 0)
        {
            length += read;
        }

        return Encoding.UTF8.GetString(text, 0, length);
    }
}
