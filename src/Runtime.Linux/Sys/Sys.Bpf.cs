namespace Runtime.Linux;

public static unsafe partial class Sys
{
    /// <summary>Size that bpf(2) is told its attributes have, in bytes: beyond those used here all are zero.</summary>
    private const int BpfAttrSize = 128;

    /// <summary>
    /// bpf(2) with its attributes in <paramref name="attr"/>, which must be zeroed and far larger than union bpf_attr:
    /// Linux 6.17 and later write answers past the size that they are told.
    /// </summary>
    /// <returns>The result, or the negated errno.</returns>
    public static nint Bpf(int command, Span<byte> attr)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(attr.Length, 4 * BpfAttrSize, nameof(attr));
        // SAFETY: the span is pinned for the call, and larger than what any kernel writes.
        fixed (byte* p = attr)
        {
            return RawRetry(SyscallNumber.bpf, command, (nint)p, BpfAttrSize);
        }
    }
}
