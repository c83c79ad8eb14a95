using static Runtime.Linux.Abi;

namespace Runtime.Linux;

/// <summary>
/// What the process was like before the .NET runtime changed it: at its start that raises RLIMIT_NOFILE's soft limit,
/// which a guest must not inherit. Filled in by the executable before the .NET runtime initialises; the fields have no
/// initialisers, so that nothing has to run for them.
/// </summary>
public static class Startup
{
    private static rlimit64 s_noFile;
    private static bool s_recorded;

    /// <summary>RLIMIT_NOFILE as the caller set it; null where nobody recorded it (tests).</summary>
    public static rlimit64? NoFileLimit => s_recorded ? s_noFile : null;

    /// <summary>Records the limit. It is called before the .NET runtime is initialised: it only copies.</summary>
    public static void Record(rlimit64 noFile)
    {
        s_noFile = noFile;
        s_recorded = true;
    }
}
