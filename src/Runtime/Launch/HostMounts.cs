using Runtime.Linux;
using Runtime.Linux.Files;

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
                paths.Insert(0, MountInfoReader.Unescape(reader.MountPoint));
            }
        }

        return paths;
    }
}
