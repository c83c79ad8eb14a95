using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces;
using static Runtime.Linux.Abi;

namespace Runtime.Launch;

/// <summary>Which mount it is that covers the root directory: asked only once the launch has failed of it.</summary>
internal static class CoveredRoot
{
    /// <summary>The same failure at the mount's destination, where a link of the root filesystem leads it to the root.</summary>
    public static LaunchException Locate(LaunchException failure, Bundle bundle)
    {
        if (failure.Pointer != "/mounts" || Sys.TryOpenAt(AT_FDCWD, bundle.RootPath, O_PATH | O_DIRECTORY, 0, out Fd? opened) != Errno.OK)
        {
            return failure;
        }

        using Fd root = opened!;
        List<Mount> mounts = bundle.Config.Mounts ?? [];
        for (int i = 0; i < mounts.Count; i++)
        {
            if (LeadsToRoot(root, mounts[i].Destination ?? string.Empty))
            {
                return new LaunchException($"/mounts/{i}/destination", $"\"{mounts[i].Destination}\" is a link to the root directory: a mount there would hide the root filesystem; name that one in /root/path");
            }
        }

        return failure;
    }

    private static bool LeadsToRoot(Fd root, string unsafePath)
    {
        if (Sys.TryOpenAt2(root.Number, unsafePath, O_PATH | O_DIRECTORY, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS, out Fd? opened) != Errno.OK)
        {
            return false;
        }

        using Fd place = opened!;
        return Sys.TryStatx(place.Number, string.Empty, AT_EMPTY_PATH, out statx there) == Errno.OK
            && Sys.TryStatx(root.Number, string.Empty, AT_EMPTY_PATH, out statx own) == Errno.OK
            && (there.stx_ino, there.stx_dev_major, there.stx_dev_minor) == (own.stx_ino, own.stx_dev_major, own.stx_dev_minor);
    }
}
