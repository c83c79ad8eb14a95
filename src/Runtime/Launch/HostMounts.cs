using System.Text;
using Runtime.Cgroups;
using Runtime.Linux;

namespace Runtime.Launch;

/// <summary>Mounts around the runtime.</summary>
internal static class HostMounts
{
    /// <summary>Where proc and sysfs are mounted, the latest first: whoever sees them may mount new ones in a user namespace.</summary>
    public static List<string> Revealing()
    {
        var paths = new List<string>();
        if (FileText.TryRead(Abi.AT_FDCWD, "/proc/self/mountinfo", out byte[] bytes) != Errno.OK)
        {
            return paths;
        }

        var reader = new MountInfoReader(bytes);
        while (reader.MoveNext())
        {
            if (reader.FsType.SequenceEqual("proc"u8) || reader.FsType.SequenceEqual("sysfs"u8))
            {
                paths.Insert(0, Unescape(reader.MountPoint));
            }
        }

        return paths;
    }

    // proc_pid_mountinfo(5): space, tab, newline and backslash come as three octal digits.
    private static string Unescape(ReadOnlySpan<byte> text)
    {
        var bytes = new List<byte>(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            bool escaped = text[i] == (byte)'\\' && i + 3 < text.Length;
            bytes.Add(escaped ? (byte)(((text[i + 1] - '0') << 6) | ((text[i + 2] - '0') << 3) | (text[i + 3] - '0')) : text[i]);
            i += escaped ? 3 : 0;
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }
}
