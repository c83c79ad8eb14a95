using OciSpec.Image;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Images.Store;

/// <summary>Blobs while they are fetched. What a failure or a kill leaves is gone on with by the next who wants the same blob.</summary>
public sealed class IngestStore
{
    private readonly ImageStore _store;

    internal IngestStore(ImageStore store) => _store = store;

    /// <summary>Opens a blob's file and takes its lock, which goes with the descriptor; null where another fetches it.</summary>
    public Fd? TryOpen(ContentDigest digest)
    {
        using Fd parent = _store.Directory("ingest");
        while (true)
        {
            Fd file = Open(parent, digest);
            Errno errno = Sys.TryFlock(file.Number, LOCK_EX | LOCK_NB);

            // Who had it may be done, and the file gone: then this is no longer the one of that name.
            if (errno == Errno.OK && Sys.TryStatx(file.Number, "", AT_EMPTY_PATH, out statx own) == Errno.OK && own.stx_nlink > 0)
            {
                return file;
            }

            file.Dispose();
            if (errno == Errno.EAGAIN)
            {
                return null;
            }

            if (errno != Errno.OK)
            {
                throw StoreDirectory.Failed("flock", $"{_store.Path}/ingest", errno);
            }
        }
    }

    /// <summary>How much of a blob is there.</summary>
    internal long LengthOf(ContentDigest digest) =>
        Sys.TryStatx(_store.Root.Number, $"ingest/{NameOf(digest)}", AT_SYMLINK_NOFOLLOW, out statx status) == Errno.OK ? (long)status.stx_size : 0;

    /// <summary>Waits until nobody fetches a blob.</summary>
    public void Wait(ContentDigest digest)
    {
        using Fd parent = _store.Directory("ingest");
        if (Sys.TryOpenAt(parent.Number, NameOf(digest), O_RDONLY | O_NOFOLLOW, 0, out Fd? opened) == Errno.OK)
        {
            using Fd file = opened!;
            Sys.TryFlock(file.Number, LOCK_EX);
        }
    }

    private Fd Open(Fd parent, ContentDigest digest)
    {
        string name = NameOf(digest);
        Errno errno = Sys.TryOpenAt(parent.Number, name, O_RDWR | O_CREAT | O_NOFOLLOW, StoreDirectory.FileMode, out Fd? file);
        return file ?? throw StoreDirectory.Failed("open", $"{_store.Path}/ingest/{name}", errno);
    }

    /// <summary>Removes a blob's file, by who holds its lock.</summary>
    public void Remove(ContentDigest digest) => Sys.TryUnlinkAt(_store.Root.Number, $"ingest/{NameOf(digest)}", 0);

    /// <summary>What there is: the blob, its bytes so far, and whether nobody fetches it now.</summary>
    public List<(string Name, long Bytes, bool Idle)> All()
    {
        var all = new List<(string, long, bool)>();
        if (Sys.TryOpenAt(_store.Root.Number, "ingest", O_RDONLY | O_DIRECTORY, 0, out Fd? opened) != Errno.OK)
        {
            return all;
        }

        using Fd parent = opened!;
        foreach (string name in StoreDirectory.Names(parent.Number))
        {
            if (Sys.TryOpenAt(parent.Number, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0, out Fd? found) == Errno.OK)
            {
                using Fd file = found!;
                bool idle = Sys.TryFlock(file.Number, LOCK_EX | LOCK_NB) == Errno.OK;
                Sys.TryStatx(file.Number, "", AT_EMPTY_PATH, out statx status);
                all.Add((name, (long)status.stx_size, idle));
            }
        }

        return all;
    }

    /// <summary>Removes what nobody fetches now; how many bytes that frees.</summary>
    public long RemoveIdle()
    {
        long freed = 0;
        using Fd parent = _store.Directory("ingest");
        foreach (string name in StoreDirectory.Names(parent.Number))
        {
            freed += RemoveIdle(parent.Number, name);
        }

        return freed;
    }

    /// <summary>Removes a blob's file unless somebody fetches it.</summary>
    internal void RemoveIdle(ContentDigest digest) => RemoveIdle(_store.Root.Number, $"ingest/{NameOf(digest)}");

    private static long RemoveIdle(int parent, string name)
    {
        if (Sys.TryOpenAt(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0, out Fd? found) != Errno.OK)
        {
            return 0;
        }

        using Fd file = found!;
        return Sys.TryFlock(file.Number, LOCK_EX | LOCK_NB) == Errno.OK && Sys.TryStatx(file.Number, "", AT_EMPTY_PATH, out statx status) == Errno.OK && Sys.TryUnlinkAt(parent, name, 0) == Errno.OK
            ? (long)status.stx_size
            : 0;
    }

    private static string NameOf(ContentDigest digest) => $"{digest.Algorithm}-{digest.Hex}";
}
