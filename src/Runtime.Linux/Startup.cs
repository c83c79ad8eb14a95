using static Runtime.Linux.Abi;

namespace Runtime.Linux;

/// <summary>
/// What the process was like before the .NET runtime changed it: at its start that raises RLIMIT_NOFILE's soft limit,
/// which a guest must not inherit. And what was done for threads that the runtime makes. Filled in by the executable before the .NET runtime initialises; the fields have no
/// initialisers, so that nothing has to run for them.
/// </summary>
public static class Startup
{
    private static rlimit64 s_noFile;
    private static bool s_recorded;
    private static ulong s_signalMask;
    private static bool s_signalsHeldBack;
    private static nint s_arguments;

    /// <summary>RLIMIT_NOFILE as the caller set it; null where nobody recorded it (tests).</summary>
    public static rlimit64? NoFileLimit => s_recorded ? s_noFile : null;

    /// <summary>Records the limit. It is called before the .NET runtime is initialised: it only copies.</summary>
    public static void Record(rlimit64 noFile)
    {
        s_noFile = noFile;
        s_recorded = true;
    }

    /// <summary>Where the kernel put the array of arguments, with environment and auxiliary vector behind it; 0 where nobody recorded it (tests).</summary>
    public static nint Arguments => s_arguments;

    /// <summary>Records the address of the arguments. As above, it only copies.</summary>
    public static void RecordArguments(nint argv) => s_arguments = argv;

    /// <summary>
    /// Whether the runtime's own threads were made with the guest's signals blocked, so that they come to the main thread
    /// alone (a process's signal goes to any thread that does not block it, signal(7)).
    /// </summary>
    public static bool SignalsHeldBack => s_signalsHeldBack;

    /// <summary>Records the mask that the caller gave, before signals were blocked. As above, it only copies.</summary>
    public static void RecordHeldBack(ulong maskBefore)
    {
        s_signalMask = maskBefore;
        s_signalsHeldBack = true;
    }

    /// <summary>Gives the main thread the caller's mask again; the threads that were made meanwhile keep theirs.</summary>
    public static void ReleaseMainThread()
    {
        if (s_signalsHeldBack)
        {
            Sys.SigProcMask(SIG_SETMASK, s_signalMask);
        }
    }
}
