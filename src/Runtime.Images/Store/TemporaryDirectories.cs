using Runtime.Linux;
using Runtime.Linux.Files;
using static Runtime.Linux.Abi;

namespace Runtime.Images.Store;

/// <summary>The store's tmp/: what is being made or removed. Each directory is locked by who works in it; one that is not is garbage.</summary>
internal sealed class TemporaryDirectories(ImageStore store)
{
    private const int Attempts = 16;

    /// <summary>A new directory, locked until it is disposed of.</summary>
    internal TemporaryDirectory Make()
    {
        using Fd parent = store.Directory("tmp");
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            string name = RandomName.New();
            string shown = $"{store.Path}/tmp/{name}";
            Errno errno = Sys.TryMkdirAt(parent.Number, name, StoreDirectory.Mode);
            if (errno != Errno.OK)
            {
                throw StoreDirectory.Failed("mkdir", shown, errno);
            }

            // Who clears up may be faster: until flock it is garbage.
            if (Sys.TryOpenAt(parent.Number, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, out Fd? directory) != Errno.OK)
            {
                continue;
            }

            if (Sys.TryFlock(directory!.Number, LOCK_EX | LOCK_NB) == Errno.OK && Sys.TryAccess(parent.Number, name, 0, AT_SYMLINK_NOFOLLOW) == Errno.OK)
            {
                return new TemporaryDirectory(Sys.Duplicate(parent.Number), name, directory, shown);
            }

            directory.Dispose();
        }

        throw new ImageException($"{store.Path}/tmp: every new directory is removed by somebody else");
    }

    /// <summary>Removes what killed processes left.</summary>
    internal void RemoveGarbage()
    {
        if (Sys.TryOpenAt(store.Root.Number, "tmp", O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, out Fd? opened) != Errno.OK)
        {
            return;
        }

        using Fd parent = opened!;
        foreach (string name in StoreDirectory.Names(parent.Number))
        {
            RemoveIdle(parent.Number, name);
        }
    }

    /// <summary>Removes one unless somebody holds it: then it is garbage for later.</summary>
    internal static void RemoveIdle(int parent, string name)
    {
        if (Sys.TryOpenAt(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, out Fd? found) == Errno.OK)
        {
            using Fd directory = found!;
            if (Sys.TryFlock(directory.Number, LOCK_EX | LOCK_NB) == Errno.OK)
            {
                Root.TryRemove(parent, name);
            }
        }
    }
}
