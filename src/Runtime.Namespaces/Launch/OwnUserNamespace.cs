using System.Runtime.CompilerServices;
using OciSpec;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Launch;

/// <summary>
/// A user namespace in which an ordinary user is root, with the subordinate ids that the files of images belong to. Whoever writes or
/// removes an ordinary user's store does it there.
/// </summary>
public static class OwnUserNamespace
{
    /// <summary>Whether the caller needs it: it is not root, of the host or of a user namespace.</summary>
    public static bool IsNeeded => Sys.GetEuid() != 0;

    /// <summary>Its mappings: root there is the caller.</summary>
    /// <exception cref="LaunchException">The caller has no subordinate ids.</exception>
    public static (List<IdMapping> Users, List<IdMapping> Groups) Mappings()
    {
        uint uid = Sys.GetEuid();
        return (SubordinateIds.Mapping("/etc/subuid", uid, uid), SubordinateIds.Mapping("/etc/subgid", uid, Sys.GetEgid()));
    }

    /// <summary>Executes cctl itself there, and waits for its end.</summary>
    /// <returns>Its exit status; 128 + n where signal n ended it.</returns>
    public static int RunSelf(params List<string> arguments) => Run(Sys.TryReadLinkAt(AT_FDCWD, "/proc/self/exe") ?? "/proc/self/exe", ["cctl", .. arguments]);

    /// <summary>Executes a program there, and waits for its end.</summary>
    /// <returns>Its exit status; 128 + n where signal n ended it.</returns>
    /// <exception cref="LaunchException">The namespace cannot be had, or the program not be executed.</exception>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Run(string program, List<string> arguments)
    {
        (List<IdMapping> users, List<IdMapping> groups) = Mappings();
        using Fd namespaces = UserNamespace.Make(users, groups, string.Empty);
        return CompanionProcess.RunToEnd(program, arguments, namespaces.Number);
    }
}
