using System.Globalization;
using Runtime.Linux;
using Runtime.Linux.Files;

namespace Runtime.Lifecycle;

/// <summary>Names of the host's users, from /etc/passwd alone: a static executable has no name service to ask.</summary>
public static class UserNames
{
    /// <summary>The user's name, or <c>#UID</c> where passwd(5) has none.</summary>
    public static string Of(uint uid)
    {
        FileText.TryRead(Abi.AT_FDCWD, "/etc/passwd", out byte[] passwd);
        foreach (string[] fields in Accounts.Lines(passwd))
        {
            if (fields is [{ Length: > 0 } name, _, var id, ..] && Accounts.IsId(id, uid))
            {
                return name;
            }
        }

        return "#" + uid.ToString(CultureInfo.InvariantCulture);
    }
}
