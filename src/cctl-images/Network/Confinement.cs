using System.Globalization;
using System.Runtime.InteropServices;
using Runtime.Linux;
using Tmds.Linux;
using static Runtime.Linux.Abi;

namespace CctlImages.Network;

/// <summary>
/// Takes everything from a process that the network does not need, in two steps. Credentials and Landlock belong to a thread, and .NET
/// has several by the time that any code of ours runs: so the first step drops them on the main thread and executes the program anew,
/// which all threads of the second then have from their birth. The second step adds what an execve undoes, and the filter that forbids it.
/// Whatever fails ends the process: it never does with less.
/// </summary>
internal static unsafe class Confinement
{
    private const int RLIMIT_FSIZE = 1;
    private const int RLIMIT_CORE = 4;
    private const int SECBITS = 0xe3; // NOROOT, its lock, and the locks of KEEP_CAPS and NO_CAP_AMBIENT_RAISE; linux/securebits.h

    private static readonly string[] s_readable =
    [
        "/proc/self/exe", "/proc/self", "/etc", "/usr", "/lib", "/lib32", "/lib64", "/nix/store", "/gnu/store", "/var/lib/ca-certificates",
        "/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager/resolv.conf", "/run/nscd", "/var/run/nscd", "/run/nslcd", "/var/lib/sss/mc", "/var/lib/sss/pipes",
        "/proc/meminfo", "/proc/cpuinfo", "/proc/sys/vm/overcommit_memory", "/sys/devices/system/cpu", "/dev/null", "/dev/urandom", "/dev/random",
    ];

    /// <summary>The first step: nothing of the host's is left but the socket on descriptor 0, then this program again.</summary>
    /// <exception cref="ConfinementException">Something could not be dropped.</exception>
    public static void DropAndExecute(string[] arguments, uint user, uint group, string certificateFile, string certificateDirectory)
    {
        Check(Sys.Raw(SyscallNumber.close_range, 3, int.MaxValue, CLOSE_RANGE_CLOEXEC), "close_range(3, CLOSE_RANGE_CLOEXEC)");
        Limit(RLIMIT_CORE, "RLIMIT_CORE");
        Limit(RLIMIT_FSIZE, "RLIMIT_FSIZE");
        DropUser(user, group);
        Check(Prctl(PR_SET_NO_NEW_PRIVS, 1), "prctl(PR_SET_NO_NEW_PRIVS)");
        Landlock.Restrict([.. s_readable, .. ResolverTarget(), .. new[] { certificateFile }.Concat(certificateDirectory.Split(':')).Where(p => p.StartsWith('/'))]);
        Execute(arguments, [.. Environment()]);
    }

    /// <summary>The second step, in the new program: bound to the parent's life, hidden from other processes, filtered.</summary>
    /// <exception cref="ConfinementException">Something is not as it must be.</exception>
    public static void Seal(int parent)
    {
        Check(Prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl(PR_SET_PDEATHSIG)");
        if (Sys.GetParentPid() != parent)
        {
            throw new ConfinementException("the parent has ended");
        }

        Check(Prctl(PR_SET_DUMPABLE, 0), "prctl(PR_SET_DUMPABLE)");
        sock_filter[] filter = ConfinementFilter.Build((int)Sys.Raw(SyscallNumber.getpid));
        // SAFETY: the program is pinned for the call, which copies it.
        fixed (sock_filter* p = filter)
        {
            var program = new sock_fprog { len = (ushort)filter.Length, filter = (nint)p };
            nint result = Sys.Raw(SyscallNumber.seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, (nint)(&program));
            // With TSYNC a positive result is the thread that could not be brought along.
            Check(result > 0 ? -(int)Errno.ESRCH : result, "seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC)");
        }
    }

    /// <summary>Looks at every thread, and tries what must not work.</summary>
    /// <exception cref="ConfinementException">A thread has more than it may, or something worked.</exception>
    public static void Verify()
    {
        foreach (string thread in Directory.GetDirectories("/proc/self/task"))
        {
            string[] status = File.ReadAllLines(thread + "/status");
            Require(status, "CapEff:", "0000000000000000");
            Require(status, "CapPrm:", "0000000000000000");
            Require(status, "CapInh:", "0000000000000000");
            Require(status, "CapAmb:", "0000000000000000");
            Require(status, "NoNewPrivs:", "1");
            Require(status, "Seccomp:", "2");
        }

        if (Sys.TryOpenAt(AT_FDCWD, "/dev/null", O_RDWR, 0, out Fd? opened) == Errno.OK)
        {
            opened!.Dispose();
            throw new ConfinementException("a file could be opened for writing");
        }

        if (Sys.Raw(SyscallNumber.unshare, 0) >= 0)
        {
            throw new ConfinementException("unshare(2) was not refused");
        }
    }

    private static void Require(string[] status, string name, string value)
    {
        string? line = Array.Find(status, l => l.StartsWith(name, StringComparison.Ordinal));
        if (line?[name.Length..].Trim() != value)
        {
            throw new ConfinementException($"/proc/self/status has {line?.Replace('\t', ' ')}, not {value}");
        }
    }

    private static void DropUser(uint user, uint group)
    {
        Check(Prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL), "prctl(PR_CAP_AMBIENT_CLEAR_ALL)");
        if (Sys.GetEuid() == 0)
        {
            for (int capability = 0; capability < 64 && Sys.Raw(SyscallNumber.prctl, PR_CAPBSET_READ, capability) >= 0; capability++)
            {
                Check(Prctl(PR_CAPBSET_DROP, capability), $"prctl(PR_CAPBSET_DROP, {capability})");
            }

            Check(Prctl(PR_SET_SECUREBITS, SECBITS), "prctl(PR_SET_SECUREBITS)");
            // An ordinary user's own namespace may have one id only, and refuse setgroups(2): then the process is that user already.
            if (IdMap.IsMapped("/proc/self/uid_map", user) && IdMap.IsMapped("/proc/self/gid_map", group))
            {
                // The C library's own: they take all threads along (nptl(7)).
                CheckC(LibC.setgroups(0, null), "setgroups(0)");
                CheckC(LibC.setresgid(group, group, group), $"setresgid({group})");
                CheckC(LibC.setresuid(user, user, user), $"setresuid({user})");
            }
            else if (IdMap.IsWhole("/proc/self/uid_map"))
            {
                throw new ConfinementException($"user {user} and group {group} are not those of this machine");
            }
        }

        var header = new cap_user_header { version = _LINUX_CAPABILITY_VERSION_3 };
        cap_user_data* none = stackalloc cap_user_data[2];
        new Span<cap_user_data>(none, 2).Clear();
        // SAFETY: header and the two structs of version 3 lie on the stack for the call.
        Check(Sys.Raw(SyscallNumber.capset, (nint)(&header), (nint)none), "capset(none)");
    }

    private static IEnumerable<string> Environment()
    {
        foreach (string name in new[] { "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR" })
        {
            if (System.Environment.GetEnvironmentVariable(name) is { Length: > 0 } value)
            {
                yield return $"{name}={value}";
            }
        }
    }

    private static IEnumerable<string> ResolverTarget()
    {
        FileSystemInfo? target = null;
        try
        {
            target = File.ResolveLinkTarget("/etc/resolv.conf", returnFinalTarget: true);
        }
        catch (IOException)
        {
            // There is none: names are then looked up otherwise, or not at all.
        }

        if (target is not null)
        {
            yield return target.FullName;
        }
    }

    private static void Execute(string[] arguments, string[] environment)
    {
        nint[] argv = [.. arguments.Select(Marshal.StringToCoTaskMemUTF8), 0];
        nint[] envp = [.. environment.Select(Marshal.StringToCoTaskMemUTF8), 0];
        nint path = Marshal.StringToCoTaskMemUTF8("/proc/self/exe");
        // SAFETY: both arrays are pinned and end with a null; their strings stay allocated until the program is replaced.
        fixed (nint* a = argv, e = envp)
        {
            CheckC(LibC.execve((byte*)path, (byte**)a, (byte**)e), "execve(/proc/self/exe)");
        }
    }

    private static void Limit(int resource, string name)
    {
        var none = default(rlimit64);
        // SAFETY: the struct lives on this frame until the call returns.
        Errno errno = Sys.TryPrlimit(0, resource, &none, null);
        Check(-(int)errno, $"prlimit({name}, 0)");
    }

    private static nint Prctl(int option, nint argument) => -(int)Sys.TryPrctl(option, argument);

    private static void Check(nint result, string call) => ConfinementException.Check(result, call);

    private static void CheckC(int result, string call) => ConfinementException.Check(result < 0 ? -LibC.errno : 0, call);
}
