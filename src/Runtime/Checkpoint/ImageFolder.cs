using System.Globalization;
using Runtime.Linux;
using Runtime.Linux.Files;
using Runtime.State;
using static Runtime.Linux.Abi;

namespace Runtime.Checkpoint;

/// <summary>Folders of images and logs, opened so that criu, which runs as root, follows no link that came with an archive.</summary>
internal static class ImageFolder
{
    private const int LongestChain = 64;

    /// <summary>Makes the directory where it is missing, and opens it. The caller owns it.</summary>
    public static Fd Make(string option, string path)
    {
        string full = Path.GetFullPath(path);
        Errno errno = Sys.TryMkdirAt(AT_FDCWD, full, 0b111_000_000);
        return errno is Errno.OK or Errno.EEXIST ? Open(option, full) : throw new ContainerException($"{option} {path}: make it: {errno.Name()}");
    }

    /// <summary>Opens a directory. The caller owns it.</summary>
    public static Fd Open(string option, string path)
    {
        Errno errno = Sys.TryOpenAt(AT_FDCWD, Path.GetFullPath(path), O_RDONLY | O_DIRECTORY, 0, out Fd? directory);
        return directory ?? throw new ContainerException($"{option} {path}: {errno.Name()}: {errno.Meaning()}");
    }

    /// <summary>
    /// SECURITY: refuses images that are not plain files: a link would have criu read a host's file into the guest's
    /// memory, or write over one. The link <c>parent</c> leads to the directory before in a chain, which is looked at too.
    /// </summary>
    /// <exception cref="ContainerException">Something else than a plain file is there, or nothing.</exception>
    public static void RequirePlain(Fd images, string path)
    {
        bool any = false;
        Fd? opened = null;
        Fd directory = images;
        try
        {
            for (int depth = 0; depth < LongestChain; depth++)
            {
                bool hasParent = false;
                foreach ((string name, byte _) in DirectoryReader.ReadAll(directory.Number))
                {
                    any |= name.EndsWith(".img", StringComparison.Ordinal);
                    hasParent |= name == "parent";
                    RequirePlain(directory, name, path);
                }

                if (!hasParent)
                {
                    break;
                }

                Fd? parent = OpenParent(directory, path);
                if (parent is null)
                {
                    break;
                }

                opened?.Dispose();
                opened = directory = parent;
            }

            if (directory != images && Sys.TryAccess(directory.Number, "parent", F_OK, AT_SYMLINK_NOFOLLOW) == Errno.OK)
            {
                throw new ContainerException($"--image-path {path}: parent: ELOOP: a chain of images has at most {LongestChain} directories");
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

    /// <summary>
    /// SECURITY: memory is read from a parent too, so an archive could choose any directory of the host that has images in it:
    /// those of other guests. One that lies beside the images, or below them, came with them.
    /// </summary>
    /// <exception cref="ContainerException">It lies elsewhere.</exception>
    public static void RequireNear(string option, string parent)
    {
        string[] parts = parent.Split('/', StringSplitOptions.RemoveEmptyEntries);
        bool isNear = !parent.StartsWith('/') && parts.Length > 0 && parts[^1] != "..";
        for (int i = 0; i < parts.Length; i++)
        {
            isNear &= parts[i] != ".." || i == 0;
        }

        if (!isNear)
        {
            throw new ContainerException($"{option}: parent images in \"{string.Concat(parent.Select(static c => char.IsControl(c) ? '?' : c))}\": they must lie beside the images, or below them: ../NAME");
        }
    }

    /// <summary>Opens the directory of the parent images; null where there is none. The caller owns it.</summary>
    /// <exception cref="ContainerException">It is not there, or reached by a further link.</exception>
    public static Fd? OpenParent(Fd directory, string path)
    {
        if (Sys.TryReadLinkAt(directory.Number, "parent") is not string target)
        {
            return null;
        }

        RequireNear("--image-path", target);
        Errno errno = Sys.TryOpenAt2(directory.Number, target, O_RDONLY | O_DIRECTORY, 0, RESOLVE_NO_SYMLINKS, out Fd? parent);
        return parent ?? throw new ContainerException($"--image-path {path}: parent: {errno.Name()}: an earlier directory of the chain is missing, or behind a link");
    }

    /// <summary>Removes what criu is about to write, so that it does not write through a link of that name.</summary>
    public static void ClearLogs(Fd work, string log)
    {
        Sys.TryUnlinkAt(work.Number, log, 0);
        Sys.TryUnlinkAt(work.Number, "stats-dump", 0);
        Sys.TryUnlinkAt(work.Number, "stats-restore", 0);
    }

    private static void RequirePlain(Fd directory, string name, string path)
    {
        Errno errno = Sys.TryStatx(directory.Number, name, AT_SYMLINK_NOFOLLOW, out statx status);
        int type = status.stx_mode & S_IFMT;
        if (name == "parent" && type == S_IFLNK)
        {
            string target = Sys.TryReadLinkAt(directory.Number, name) ?? string.Empty;
            RequireNear("--image-path", target);
            return;
        }

        if (errno != Errno.OK || type is not (S_IFREG or S_IFDIR))
        {
            throw new ContainerException($"--image-path {path}: \"{name}\" is no plain file: images have no links, devices or pipes among them");
        }
    }
}
