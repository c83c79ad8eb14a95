using System.Globalization;
using Runtime.Linux;

namespace Runtime.Lifecycle;

/// <summary>Signals by name and number: signal(7), the same numbers on x86_64 and arm64.</summary>
public static class SignalNames
{
    private const int RealTimeFirst = 34; // SIGRTMIN as the C library counts it; 32 and 33 are its own.

    /// <summary>
    /// The number of a signal given as <c>TERM</c>, <c>SIGTERM</c>, <c>sigterm</c>, <c>RTMIN+3</c>, <c>RTMAX-1</c> or <c>15</c>.
    /// 0 is taken as kill(2) takes it, and runc: nothing is sent, and the error says whether there is somebody to send it to.
    /// </summary>
    /// <exception cref="ContainerException">There is no such signal.</exception>
    public static int Parse(string text)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            return number <= Abi.NSIG
                ? number
                : throw new ContainerException($"signal {text}: there is none of that number: signals are 1 to {Abi.NSIG}, and 0 only looks");
        }

        number = Named(text, out string name);
        if (number != 0)
        {
            return number;
        }

        string? near = OciSpec.NearestName.Find(name, Names, name.Length < 3 ? 0 : 1);
        throw new ContainerException($"signal \"{text}\": there is none of that name: {(near is null ? "use a name such as TERM or KILL, or a number" : $"did you mean {near}?")}");
    }

    /// <summary>As <see cref="Parse"/>; null where there is no such signal.</summary>
    public static int? TryParse(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number <= Abi.NSIG ? number : null
        : Named(text, out _) is > 0 and int named ? named : null;

    /// <summary>The usual signals, those that are sent most first.</summary>
    public static string[] Names { get; } =
    [
        "TERM", "KILL", "HUP", "INT", "QUIT", "USR1", "USR2", "STOP", "CONT", "WINCH", "ABRT", "ALRM", "BUS", "CHLD", "FPE", "ILL",
        "IO", "PIPE", "PROF", "PWR", "SEGV", "STKFLT", "SYS", "TRAP", "TSTP", "TTIN", "TTOU", "URG", "VTALRM", "XCPU", "XFSZ",
    ];

    private static int Named(string text, out string name)
    {
        name = text.ToUpperInvariant();
        if (name.StartsWith("SIG", StringComparison.Ordinal))
        {
            name = name[3..];
        }

        int number = SignalName.Number(name);
        return number != 0 ? number : RealTime(name);
    }

    private static int RealTime(string name)
    {
        bool fromMin = name.StartsWith("RTMIN", StringComparison.Ordinal);
        if (!fromMin && !name.StartsWith("RTMAX", StringComparison.Ordinal))
        {
            return 0;
        }

        int distance = 0;
        if (name.Length > 5
            && (name[5] != (fromMin ? '+' : '-')
                || !int.TryParse(name.AsSpan(6), NumberStyles.None, CultureInfo.InvariantCulture, out distance)
                || distance > Abi.NSIG))
        {
            return 0;
        }

        int number = fromMin ? RealTimeFirst + distance : Abi.NSIG - distance;
        return number is >= RealTimeFirst and <= Abi.NSIG ? number : 0;
    }
}
