using System.Globalization;
using Runtime.Linux;

namespace Runtime.Lifecycle;

/// <summary>Names of the host's users, from /etc/passwd alone: a static executable has no name service to ask.</summary>
public static class UserNames
{
    /// <summary>The user's name, or <c>#UID</c> where passwd(5) has none.</summary>
    public static string Of(uint uid)
    {
        string number = uid.ToString(CultureInfo.InvariantCulture);
        ReadOnlySpan<char> rest = FileText.TryReadString(Abi.AT_FDCWD, "/etc/passwd");
        while (!rest.IsEmpty)
        {
            int end = rest.IndexOf('\n');
            ReadOnlySpan<char> line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? [] : rest[(end + 1)..];

            // name:password:uid:…
            int nameEnd = line.IndexOf(':');
            if (nameEnd <= 0)
            {
                continue;
            }

            ReadOnlySpan<char> after = line[(nameEnd + 1)..];
            after = after[(after.IndexOf(':') + 1)..];
            int uidEnd = after.IndexOf(':');
            if (uidEnd > 0 && after[..uidEnd].SequenceEqual(number))
            {
                return line[..nameEnd].ToString();
            }
        }

        return "#" + number;
    }
}
