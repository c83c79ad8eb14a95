using System.Text;

namespace Runtime.Linux;

/// <summary>
/// A NUL-terminated UTF-8 copy of a string, for the kernel, on the caller's stack where it fits.
/// A NUL inside the string is refused: the kernel would see another, shorter path than the one that was checked.
/// Bytes of a <see cref="FileName"/> that are no UTF-8 come out as they were.
/// </summary>
public readonly ref struct CString
{
    private readonly ReadOnlySpan<byte> _bytes;

    /// <summary>Copies <paramref name="text"/> to <paramref name="buffer"/>, or to the heap where that is too small.</summary>
    /// <exception cref="ArgumentException">The string contains a NUL.</exception>
    public CString(string text, Span<byte> buffer)
    {
        if (text.Contains('\0'))
        {
            throw new ArgumentException("a string for the kernel must not contain a NUL", nameof(text));
        }

        int needed = Encoding.UTF8.GetByteCount(text) + 1;
        Span<byte> target = needed <= buffer.Length ? buffer : new byte[needed];
        int length = FileName.MayHaveBytes(text) ? FileName.GetBytes(text, target) : Encoding.UTF8.GetBytes(text, target);
        target[length] = 0;
        _bytes = target[..(length + 1)];
    }

    /// <summary>For <c>fixed</c>: the first byte.</summary>
    public ref readonly byte GetPinnableReference() => ref _bytes.GetPinnableReference();
}
