using OciSpec.Image;
using Runtime.Linux;
using Runtime.Linux.Files;
using static Runtime.Linux.Abi;

namespace Runtime.Images.Store;

/// <summary>What images/ and layers/ have in common: directories by digest.</summary>
internal static class ContentDirectory
{
    /// <summary>The digests of all that there is.</summary>
    internal static List<ContentDigest> All(ImageStore store, string kind)
    {
        var all = new List<ContentDigest>();
        foreach (string algorithm in (string[])["sha256", "sha512"])
        {
            if (Sys.TryOpenAt(store.Root.Number, $"{kind}/{algorithm}", O_RDONLY | O_DIRECTORY, 0, out Fd? opened) == Errno.OK)
            {
                using Fd directory = opened!;
                foreach (string name in StoreDirectory.Names(directory.Number))
                {
                    string text = $"{algorithm}:{name}";
                    if (ContentDigest.Problem(text) is null)
                    {
                        all.Add(ContentDigest.Parse(text));
                    }
                }
            }
        }

        return all;
    }

    /// <summary>
    /// Opens one and takes its lock, shared or alone; null where it is not there. What it is when it is locked, it stays: who removes
    /// it holds the lock alone.
    /// </summary>
    internal static Fd? TryLock(ImageStore store, string kind, ContentDigest digest, int operation)
    {
        string path = $"{kind}/{digest.Algorithm}/{digest.Hex}";
        string shown = $"{store.Path}/{path}";
        while (true)
        {
            Errno errno = Sys.TryOpenAt(store.Root.Number, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, out Fd? directory);
            if (directory is null)
            {
                return errno == Errno.ENOENT ? null : throw StoreDirectory.Failed("open", shown, errno);
            }

            errno = Sys.TryFlock(directory.Number, operation);
            if (errno == Errno.OK && IsNamed(store, path, directory))
            {
                return directory;
            }

            directory.Dispose();
            if (errno == Errno.EAGAIN)
            {
                return null; // Somebody holds it.
            }

            // Else a remover was faster, and there may be a new one by now.
            if (errno != Errno.OK)
            {
                throw StoreDirectory.Failed("flock", shown, errno);
            }
        }
    }

    /// <summary>Takes one away in one step, by renaming it to tmp/, and then removes it; false where it was not there.</summary>
    /// <param name="store">The store.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="digest">Its digest.</param>
    /// <param name="alone">Whether the caller holds its lock alone; if not, what others hold is removed when they have let it go.</param>
    internal static bool Remove(ImageStore store, string kind, ContentDigest digest, bool alone = true)
    {
        using Fd parent = store.Directory(kind, digest.Algorithm);
        using Fd trash = store.Directory("tmp");
        string name = RandomName.New();
        Errno errno = Sys.TryRenameAt2(parent.Number, digest.Hex, trash.Number, name, 0);
        if (errno == Errno.ENOENT)
        {
            return false;
        }

        if (errno == Errno.OK && !alone)
        {
            TemporaryDirectories.RemoveIdle(trash.Number, name);
            return true;
        }

        string shown = $"{store.Path}/{kind}/{digest.Algorithm}/{digest.Hex}";
        errno = errno == Errno.OK ? Root.TryRemove(trash.Number, name) : errno;
        return errno == Errno.OK ? true : throw StoreDirectory.Failed("remove", shown, errno);
    }

    private static bool IsNamed(ImageStore store, string path, Fd directory) =>
        Sys.TryStatx(directory.Number, "", AT_EMPTY_PATH, out statx own) == Errno.OK
        && Sys.TryStatx(store.Root.Number, path, AT_SYMLINK_NOFOLLOW, out statx named) == Errno.OK
        && own.stx_ino == named.stx_ino && own.stx_dev_major == named.stx_dev_major && own.stx_dev_minor == named.stx_dev_minor;
}
