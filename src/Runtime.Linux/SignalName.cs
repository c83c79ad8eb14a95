namespace Runtime.Linux;

/// <summary>The kernel's names of signals: signal(7), the same numbers on x86_64 and arm64.</summary>
public static class SignalName
{
    private static readonly string[] s_names =
    [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT",
        "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];

    /// <summary>As <c>SIGKILL</c>; a signal without a name as <c>signal 40</c>.</summary>
    public static string Of(int number) =>
        number > 0 && number <= s_names.Length ? "SIG" + s_names[number - 1] : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"signal {number}");

    /// <summary>The number of a name without SIG, in capitals; 0 where there is none of that name.</summary>
    public static int Number(string name) => name switch
    {
        "IOT" => 6,
        "CLD" => 17,
        "POLL" => 29,
        "UNUSED" => 31,
        _ => Array.IndexOf(s_names, name) + 1,
    };
}
