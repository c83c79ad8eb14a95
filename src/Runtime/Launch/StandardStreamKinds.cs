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
}
