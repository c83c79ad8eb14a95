using System.Globalization;
using System.Text;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Plan;

/// <summary>
/// What hooks write, on standard output as on standard error: a file in memory takes it, so that it neither mixes with what
/// the guest writes nor depends on who reads that. Of a hook that fails the last line is told with the failure.
/// </summary>
public static class HookOutput
{
    /// <summary>Makes the file. The caller owns it. What a guest's own hook writes is charged to the guest's memory.</summary>
    public static Fd Make() => Sys.MemfdCreate("hook-output", MFD_ALLOW_SEALING);

    /// <summary>Lets nobody write any more: what a hook left running shall not fill the host's memory for as long as it lives.</summary>
    public static void Seal(Fd output) => Sys.Raw(SyscallNumber.fcntl, output.Number, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_WRITE);

    /// <summary>The last line that is not empty, of the end of an output; whoever shows it escapes it.</summary>
    public static string LastLine(ReadOnlySpan<byte> end)
    {
        end = end.Trim(" \t\r\n\0"u8);
        int line = end.LastIndexOf((byte)'\n');
        return Encoding.UTF8.GetString(end[(line + 1)..]).Trim();
    }
}
