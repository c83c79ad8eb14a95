using System.Globalization;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Terminals;

/// <summary>
/// What the process that cctl waits for makes of a signal. The first process of a pid namespace does not get those that it
/// has no handler for (pid_namespaces(7)): it neither ends nor stops where any other process would.
/// </summary>
internal readonly struct FirstProcess
{
    private readonly ulong _ignored;
    private readonly ulong _caught;
    private readonly bool _isInit;
    private readonly bool _known;

    private FirstProcess(string status)
    {
        _known = true;
        foreach (ReadOnlySpan<char> line in status.AsSpan().EnumerateLines())
        {
            if (line.StartsWith("SigIgn:"))
            {
                ulong.TryParse(line[7..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out _ignored);
            }
            else if (line.StartsWith("SigCgt:"))
            {
                ulong.TryParse(line[7..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out _caught);
            }
            else if (line.StartsWith("NSpid:"))
            {
                _isInit = line.EndsWith("\t1");
            }
        }
    }

    /// <summary>The process's pid on the host, 0 where it has ended.</summary>
    internal int Pid { get; private init; }

    /// <summary>Looks at the process of a pidfd.</summary>
    internal static FirstProcess Of(Fd pidfd)
    {
        string? info = FileText.TryReadString(AT_FDCWD, $"/proc/self/fdinfo/{pidfd.Number}");
        foreach (ReadOnlySpan<char> line in info.AsSpan().EnumerateLines())
        {
            if (line.StartsWith("Pid:") && int.TryParse(line[4..].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
                && FileText.TryReadString(AT_FDCWD, $"/proc/{pid}/status") is { } status)
            {
                return new FirstProcess(status) { Pid = pid };
            }
        }

        return default;
    }

    /// <summary>Whether it has a handler for the signal.</summary>
    internal bool Catches(int signal) => (_caught & Bit(signal)) != 0;

    /// <summary>Whether the signal does nothing to it.</summary>
    internal bool Disregards(int signal) => _known && !Catches(signal) && (_isInit || (_ignored & Bit(signal)) != 0);

    /// <summary>Whether the signal would do by default what it does to every program, were it not the first in its pid namespace.</summary>
    internal bool IsSparedFrom(int signal) => _known && _isInit && ((_caught | _ignored) & Bit(signal)) == 0;

    private static ulong Bit(int signal) => 1UL << (signal - 1);
}
