using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Runtime.Linux;

/// <summary>
/// Names of files as strings, without loss. To the kernel a name is bytes, and a guest may take such as are no UTF-8: each of
/// those becomes a lone surrogate, U+DC80 to U+DCFF, which no text has, and <see cref="CString"/> makes the byte of it again.
/// </summary>
public static class FileName
{
    private const char First = '\udc80';
    private const char Last = '\udcff';
    private const int Base = 0xdc00;

    /// <summary>The name of these bytes.</summary>
    public static string Of(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
        {
            return Encoding.UTF8.GetString(bytes);
        }

        var name = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            OperationStatus status = Rune.DecodeFromUtf8(bytes, out Rune rune, out int length);
            if (status == OperationStatus.Done)
            {
                name.Append(rune.ToString());
            }
            else
            {
                foreach (byte invalid in bytes[..length])
                {
                    name.Append((char)(Base + invalid));
                }
            }

            bytes = bytes[length..];
        }

        return name.ToString();
    }

    /// <summary>Whether there may be bytes in the name that are no UTF-8; a name with a pair of surrogates looks like one here.</summary>
    internal static bool MayHaveBytes(ReadOnlySpan<char> name) => name.ContainsAnyInRange(First, Last);

    /// <summary>The bytes of the name. The target has room for as many as UTF-8 takes.</summary>
    /// <returns>How many there are.</returns>
    public static int GetBytes(ReadOnlySpan<char> name, Span<byte> target)
    {
        int count = 0;
        while (!name.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(name, out Rune rune, out int length) != OperationStatus.Done && name[0] is >= First and <= Last)
            {
                target[count++] = (byte)(name[0] - Base);
            }
            else
            {
                count += rune.EncodeToUtf8(target[count..]);
            }

            name = name[length..];
        }

        return count;
    }
}
