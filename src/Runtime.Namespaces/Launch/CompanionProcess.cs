using System.Runtime.InteropServices;
using Runtime.Linux;
using Runtime.Namespaces.Child;
using Runtime.Namespaces.Plan;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Launch;

/// <summary>
/// A host's program that works beside the runtime and talks with it, as criu does. It keeps the runtime's standard
/// streams; of all other descriptors it gets those that are named.
/// </summary>
public sealed record CompanionProgram
{
    /// <summary>Absolute path of the program.</summary>
    public required string Path { get; init; }

    /// <summary>Its arguments; the first is its name.</summary>
    public required List<string> Arguments { get; init; }

    /// <summary>Its environment.</summary>
    public required List<string> Environment { get; init; }

    /// <summary>Descriptors that it gets at 3, 4 …; they stay the caller's.</summary>
    public required List<int> Fds { get; init; }

    /// <summary>A user namespace that it enters, as root there, before it is executed; it stays the caller's.</summary>
    public int? UserNamespace { get; init; }

    /// <summary>Whether it, and all that it makes, may gain no privileges: prctl(2), PR_SET_NO_NEW_PRIVS.</summary>
    public bool NoNewPrivileges { get; init; }

    /// <summary>The name of a session keyring that it joins before it is executed; null for the runtime's own, keyrings(7).</summary>
    public string? SessionKeyring { get; init; }

    /// <summary>Whether it is killed when the runtime ends, however that ends: prctl(2), PR_SET_PDEATHSIG.</summary>
    public bool DiesWithStarter { get; init; }

    /// <summary>Whether its standard error leads nowhere.</summary>
    public bool Quiet { get; init; }
}

/// <summary>Starts a <see cref="CompanionProgram"/> by the same fork as a launch, with a plan of a few operations.</summary>
public static class CompanionProcess
{
    private const int First = 3;

    /// <summary>Runs a program with the runtime's own environment and streams, and waits for its end.</summary>
    /// <param name="program">Its path.</param>
    /// <param name="arguments">Its arguments; the first is its name.</param>
    /// <param name="userNamespace">A user namespace that it enters; null for the runtime's own.</param>
    /// <returns>Its exit status; 128 + n where signal n ended it.</returns>
    /// <exception cref="LaunchException">It could not be started.</exception>
    public static int RunToEnd(string program, List<string> arguments, int? userNamespace = null)
    {
        using LaunchedProcess process = Start(
            new CompanionProgram
            {
                Path = program,
                Arguments = arguments,
                Environment = [.. Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>().Select(e => $"{e.Key}={e.Value}")],
                Fds = [],
                DiesWithStarter = true,
                UserNamespace = userNamespace,
            },
            null);
        Sys.TryWaitPidfd(process.Pidfd.Number, WEXITED, out siginfo_wait end);
        return end.si_code == CLD_EXITED ? end.si_status : 128 + end.si_status;
    }

    /// <summary>Starts the program. The caller owns the result, and waits for its end by the pidfd.</summary>
    /// <param name="program">What to run.</param>
    /// <param name="cgroup">The directory of the cgroup that it starts in, or null.</param>
    /// <exception cref="LaunchException">It could not be started.</exception>
    public static LaunchedProcess Start(CompanionProgram program, Fd? cgroup)
    {
        (Fd own, Fd childs) = Sys.SocketPair(SOCK_SEQPACKET);
        using Fd control = own;
        LaunchedProcess process;
        using (childs)
        {
            // Above the places of the program's descriptors, which would else close it.
            using Fd high = Above(childs, program.Fds.Count);
            process = Clone(program, cgroup, high);
        }

        // The socket closes with execve(2), or brings what failed before.
        var message = default(ControlMessage);
        Span<byte> bytes = MemoryMarshal.AsBytes(new Span<ControlMessage>(ref message));
        if (Sys.TryReceive(control.Number, bytes, out int length) == Errno.OK && length == bytes.Length)
        {
            Sys.TryWaitPidfd(process.Pidfd.Number, WEXITED, out _);
            process.Dispose();
            using LaunchPlan described = Compile(program, describe: true);
            throw described.Failure(message.First, message.Second);
        }

        return process;
    }

    private static Fd Above(Fd fd, int count)
    {
        nint copy = Sys.Raw(SyscallNumber.fcntl, fd.Number, F_DUPFD_CLOEXEC, First + count);
        return copy >= 0 ? new Fd((int)copy) : throw new SyscallException($"fcntl({fd.Number}, F_DUPFD_CLOEXEC)", (Errno)(-(int)copy));
    }

    private static LaunchedProcess Clone(CompanionProgram program, Fd? cgroup, Fd control)
    {
        using LaunchPlan plan = Compile(program, describe: false);
        ulong mask = Sys.SigProcMask(SIG_SETMASK, ulong.MaxValue);
        try
        {
            InheritedMemory.Withhold(plan);
            int pid = ChildEntry.Start(plan, 0, cgroup?.Number ?? -1, control.Number, out int pidfd);
            return pid > 0
                ? new LaunchedProcess(pid, new Fd(pidfd))
                : throw new LaunchException(string.Empty, $"start {program.Path} (clone3)", (Errno)(-pid), Hints.For(HintKind.Namespace, (Errno)(-pid)));
        }
        finally
        {
            Sys.SigProcMask(SIG_SETMASK, mask);
        }
    }

    private static LaunchPlan Compile(CompanionProgram program, bool describe)
    {
        var writer = new PlanWriter(describe);
        if (program.SessionKeyring is string keyring)
        {
            writer.From(string.Empty, "join a session keyring of its own", HintKind.Keyring);
            SessionKeyring.Join(writer, keyring);
        }

        if (program.UserNamespace is int userNamespace)
        {
            writer.From(string.Empty, "enter the user namespace as its root");
            writer.Call(SyscallNumber.setns, userNamespace, CLONE_NEWUSER);
            writer.Call(SyscallNumber.setgroups, 0, 0);
            writer.Call(SyscallNumber.setresgid, 0, 0, 0);
            writer.Call(SyscallNumber.setresuid, 0, 0, 0);
        }

        writer.From(string.Empty, $"run {program.Path}");
        if (program.NoNewPrivileges)
        {
            writer.Call(SyscallNumber.prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        }

        if (program.DiesWithStarter)
        {
            writer.Call(SyscallNumber.prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        }

        if (program.Quiet)
        {
            writer.From(string.Empty, "open the host's /dev/null");
            Slot nowhere = writer.NewSlot();
            writer.Call(nowhere, SyscallNumber.openat, AT_FDCWD, writer.Text("/dev/null"), O_WRONLY | O_CLOEXEC);
            writer.Call(SyscallNumber.dup3, nowhere, 2, 0);
            writer.From(string.Empty, $"run {program.Path}");
        }

        // First out of the way, then to their places: a place may be another's present number.
        int above = First + program.Fds.Count;
        var copies = new List<Slot>();
        foreach (int fd in program.Fds)
        {
            Slot copy = writer.NewSlot();
            writer.Call(copy, SyscallNumber.fcntl, fd, F_DUPFD_CLOEXEC, above);
            copies.Add(copy);
        }

        for (int i = 0; i < copies.Count; i++)
        {
            writer.Call(SyscallNumber.dup3, copies[i], First + i, 0);
        }

        writer.Call(SyscallNumber.close_range, above, uint.MaxValue, CLOSE_RANGE_CLOEXEC);
        writer.Add(OperationCode.ResetSignals, Slot.None, 0);
        writer.Call(SyscallNumber.execve, writer.Text(program.Path), writer.TextArray(program.Arguments), writer.TextArray(program.Environment));
        return writer.Finish(0);
    }
}
