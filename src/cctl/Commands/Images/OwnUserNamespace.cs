using System.Runtime.CompilerServices;
using Runtime.Linux;
using Runtime.Namespaces.Launch;
using static Runtime.Linux.Abi;

namespace Cctl.Commands.Images;

/// <summary>
/// A user namespace in which an ordinary user is root, with the subordinate ids that the files of images belong to. Whoever writes or
/// removes an ordinary user's store does it there.
/// </summary>
internal static class OwnUserNamespace
{
    /// <summary>Whether the caller needs it: it is not root, of the host or of a user namespace.</summary>
    internal static bool IsNeeded => Sys.GetEuid() != 0;

    /// <summary>Executes cctl itself there, and waits for its end.</summary>
    /// <returns>Its exit status; 128 + n where signal n ended it.</returns>
    internal static int RunSelf(params List<string> arguments) => Run(Sys.TryReadLinkAt(AT_FDCWD, "/proc/self/exe") ?? "/proc/self/exe", ["cctl", .. arguments]);

    /// <summary>Executes a program there, and waits for its end.</summary>
    /// <returns>Its exit status; 128 + n where signal n ended it.</returns>
    /// <exception cref="Runtime.Namespaces.LaunchException">The namespace cannot be had, or the program not be executed.</exception>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static int Run(string program, List<string> arguments)
    {
        uint uid = Sys.GetEuid();
        using Fd namespaces = UserNamespace.Make(SubordinateIds.Mapping("/etc/subuid", uid, uid), SubordinateIds.Mapping("/etc/subgid", uid, Sys.GetEgid()), string.Empty);
        using LaunchedProcess process = CompanionProcess.Start(
            new CompanionProgram
            {
                Path = program,
                Arguments = arguments,
                Environment = [.. Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>().Select(e => $"{e.Key}={e.Value}")],
                Fds = [],
                DiesWithStarter = true,
                UserNamespace = namespaces.Number,
            },
            null);
        Sys.TryWaitPidfd(process.Pidfd.Number, WEXITED, out siginfo_wait end);
        return end.si_code == CLD_EXITED ? end.si_status : 128 + end.si_status;
    }
}
