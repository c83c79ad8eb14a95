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

        string name = text.ToUpperInvariant();
        if (name.StartsWith("SIG", StringComparison.Ordinal))
        {
            name = name[3..];
        }

        number = SignalName.Number(name);
        if (number == 0)
        {
            number = RealTime(name);
        }

        return number != 0
            ? number
            : throw new ContainerException($"signal \"{text}\": there is none of that name: use a name such as TERM or KILL, or a number");
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
