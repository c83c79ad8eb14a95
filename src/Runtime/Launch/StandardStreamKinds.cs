using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Launch;

/// <summary>What the descriptors 0 to 2 are, that a process of a guest inherits.</summary>
internal static class StandardStreamKinds
{
    /// <summary>Which of them are the null device (null(4)), a bit each.</summary>
    public static int Null()
    {
        int streams = 0;
        for (int stream = 0; stream <= 2; stream++)
        {
            bool isNull = Sys.TryStatx(stream, string.Empty, AT_EMPTY_PATH, out statx status) == Errno.OK
                && (status.stx_mode & S_IFMT) == S_IFCHR && status is { stx_rdev_major: 1, stx_rdev_minor: 3 };
            streams |= isNull ? 1 << stream : 0;
        }

        return streams;
    }

    /// <summary>Which of them are pipes without a name (pipe(7)), a bit each: one with a name is a file of the host's.</summary>
    public static int Pipes()
    {
        int streams = 0;
        for (int stream = 0; stream <= 2; stream++)
        {
            bool isPipe = Sys.TryFstatfs(stream, out statfs status) == Errno.OK && status.f_type == PIPEFS_MAGIC;
            streams |= isPipe ? 1 << stream : 0;
        }

        return streams;
    }
}
