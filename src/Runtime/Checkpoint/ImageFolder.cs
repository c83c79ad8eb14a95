using System.Globalization;
using Runtime.Linux;
using Runtime.State;
using static Runtime.Linux.Abi;

namespace Runtime.Checkpoint;

/// <summary>Folders of images and logs, opened so that criu, which runs as root, follows no link that came with an archive.</summary>
internal static class ImageFolder
{
    private const int LongestChain = 64;

    /// <summary>Makes the folder where it is missing, and opens it. The caller owns it.</summary>
    public static Fd Make(string option, string path)
    {
        string full = Path.GetFullPath(path);
        Errno errno = Sys.TryMkdirAt(AT_FDCWD, full, 0x1c0);
        return errno is Errno.OK or Errno.EEXIST ? Open(option, full) : throw new ContainerException($"{option} {path}: make it: {errno.Name()}");
    }

    /// <summary>Opens a folder. The caller owns it.</summary>
    public static Fd Open(string option, string path)
    {
        Errno errno = Sys.TryOpenAt(AT_FDCWD, Path.GetFullPath(path), O_RDONLY | O_DIRECTORY, 0, out Fd? folder);
        return folder ?? throw new ContainerException($"{option} {path}: {errno.Name()}: {errno.Meaning()}");
    }

    /// <summary>
    /// SECURITY: refuses images that are not plain files: a link would have criu read a host's file into the guest's
    /// memory, or write over one. The link <c>parent</c> leads to the folder before in a chain, which is looked at too.
    /// </summary>
    /// <exception cref="ContainerException">Something else than a plain file is there, or nothing.</exception>
    public static void RequirePlain(Fd images, string path)
    {
        bool any = false;
        Fd? opened = null;
        Fd folder = images;
        try
        {
            for (int depth = 0; depth < LongestChain; depth++)
            {
                bool hasParent = false;
                foreach ((string name, bool _) in FolderRemoval.Entries(folder.Number))
                {
                    any |= name.EndsWith(".img", StringComparison.Ordinal);
                    hasParent |= name == "parent";
                    RequirePlain(folder, name, path);
                }

                if (!hasParent)
                {
                    break;
                }

                Errno errno = Sys.TryOpenAt(folder.Number, "parent", O_RDONLY | O_DIRECTORY, 0, out Fd? parent);
                opened?.Dispose();
                opened = parent ?? throw new ContainerException($"--image-path {path}: parent: {errno.Name()}: an earlier folder of the chain is missing");
                folder = parent;
            }

            if (folder != images && Sys.TryAccess(folder.Number, "parent", F_OK, AT_SYMLINK_NOFOLLOW) == Errno.OK)
            {
                throw new ContainerException($"--image-path {path}: parent: ELOOP: a chain of images has at most {LongestChain} folders");
            }
        }
        finally
        {
            opened?.Dispose();
        }

        if (!any)
        {
            throw new ContainerException($"--image-path {path}: ENOENT: there are no images: no such file or directory");
        }
    }

    /// <summary>Removes what criu is about to write, so that it does not write through a link of that name.</summary>
    public static void ClearLogs(Fd work, string log)
    {
        Sys.TryUnlinkAt(work.Number, log, 0);
        Sys.TryUnlinkAt(work.Number, "stats-dump", 0);
        Sys.TryUnlinkAt(work.Number, "stats-restore", 0);
    }

    /// <summary>
    /// Has criu read other bytes than an image's own: a file over it, in the caller's private mount namespace alone. The
    /// image itself stays as it is.
    /// </summary>
    /// <exception cref="ContainerException">The file cannot be made in the working folder, or mounted.</exception>
    public static void Cover(Fd images, string image, Fd work, ReadOnlySpan<byte> bytes)
    {
        string name = "cctl-" + image;
        Sys.TryUnlinkAt(work.Number, name, 0);
        using (Fd file = Sys.OpenAt(work.Number, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0x180))
        {
            Sys.Write(file.Number, bytes);
        }

        Errno errno = Sys.TryOpenTree(work.Number, name, OPEN_TREE_CLONE | AT_SYMLINK_NOFOLLOW, out Fd? tree);
        using (tree)
        {
            if (errno == Errno.OK)
            {
                errno = Sys.TryMoveMount(tree!.Number, string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{images.Number}/{image}"));
            }
        }

        Sys.TryUnlinkAt(work.Number, name, 0);
        if (errno != Errno.OK)
        {
            throw new ContainerException($"restore: mount over {image} of the images: {errno.Name()}");
        }
    }

    private static void RequirePlain(Fd folder, string name, string path)
    {
        Errno errno = Sys.TryStatx(folder.Number, name, AT_SYMLINK_NOFOLLOW, out statx status);
        int type = status.stx_mode & S_IFMT;
        bool parentLink = name == "parent" && type == S_IFLNK
            && Sys.TryReadLinkAt(folder.Number, name) is string target && !target.StartsWith('/');
        if (errno != Errno.OK || (type is not (S_IFREG or S_IFDIR) && !parentLink))
        {
            throw new ContainerException($"--image-path {path}: \"{name}\" is no plain file: images have no links, devices or pipes among them");
        }
    }
}
