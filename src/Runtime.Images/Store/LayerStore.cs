using OciSpec.Image;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Images.Store;

/// <summary>
/// Unpacked layers by diffID, each without its parents, shared by all images that have it. Who needs a layer holds its directory's
/// lock shared; who removes it takes the lock alone, renames, and deletes what nobody can find any more.
/// </summary>
public sealed class LayerStore
{
    private const string Name = "layers";
    private const string KeptMark = "kept";
    private const int LocksAtOnce = 256;

    private readonly ImageStore _store;

    internal LayerStore(ImageStore store) => _store = store;

    /// <summary>Whether the layer is there, complete.</summary>
    public bool Has(ContentDigest digest) => Sys.TryAccess(_store.Root.Number, PathOf(digest), 0, AT_SYMLINK_NOFOLLOW) == Errno.OK;

    /// <summary>Where the layer's files are.</summary>
    public string FilesOf(ContentDigest digest) => $"{_store.Path}/{PathOf(digest)}/fs";

    /// <summary>Every layer, in no order.</summary>
    public List<ContentDigest> All() => ContentDirectory.All(_store, Name);

    /// <summary>What was noted of a layer; null where it is not there.</summary>
    public LayerInfo? Info(ContentDigest digest) =>
        FileText.TryReadString(_store.Root.Number, PathOf(digest) + "/info") is { } text ? LayerInfo.Parse(text) : null;

    /// <summary>Holds a layer so that nobody removes it; null where it is not there.</summary>
    public HeldLayer? TryHold(ContentDigest digest) =>
        ContentDirectory.TryLock(_store, Name, digest, LOCK_SH) is { } directory ? new HeldLayer(digest, directory) : null;

    /// <summary>Removes the layers that none of these images has, but those that somebody holds.</summary>
    /// <param name="used">Tells which layers are in use; asked again when the layers' locks are held.</param>
    /// <param name="kept">Also those that pulls which failed have left for the next one.</param>
    /// <returns>Digests of those removed.</returns>
    public List<ContentDigest> RemoveUnused(Func<HashSet<ContentDigest>> used, bool kept)
    {
        var removed = new List<ContentDigest>();
        HashSet<ContentDigest> inUse = used();
        foreach (ContentDigest[] some in All().FindAll(d => !inUse.Contains(d)).Chunk(LocksAtOnce))
        {
            List<HeldLayer> locked = [.. some.Select(d => (Digest: d, Lock: ContentDirectory.TryLock(_store, Name, d, LOCK_EX | LOCK_NB)))
                .Where(l => l.Lock is not null).Select(l => new HeldLayer(l.Digest, l.Lock!))];
            inUse = used();
            foreach (HeldLayer layer in locked)
            {
                using (layer)
                {
                    if (!inUse.Contains(layer.Digest) && (kept || !IsKept(layer)) && ContentDirectory.Remove(_store, Name, layer.Digest))
                    {
                        removed.Add(layer.Digest);
                    }
                }
            }
        }

        return removed;
    }

    /// <summary>Takes a layer away whatever uses it: a damaged one. Containers that run on it keep it until they end.</summary>
    public void RemoveDamaged(ContentDigest digest) => ContentDirectory.Remove(_store, Name, digest, alone: false);

    /// <summary>
    /// Marks a layer that gets its name without its image: a pull that failed, for want of space perhaps, goes on with it when an image
    /// was removed, which takes unused layers along. A mark that cannot be made costs no more than that.
    /// </summary>
    internal static void Keep(UnpackedLayer layer)
    {
        Sys.TryOpenAt(layer.Directory.Directory.Number, KeptMark, O_WRONLY | O_CREAT | O_NOFOLLOW, StoreDirectory.FileMode, out Fd? mark);
        mark?.Dispose();
    }

    /// <summary>Takes the mark away, by who holds the layer for its image.</summary>
    internal static void Unkeep(HeldLayer layer) => Sys.TryUnlinkAt(layer.Directory.Number, KeptMark, 0);

    /// <summary>Names layers that are unpacked and synced; durable when it returns.</summary>
    /// <param name="layers">The layers.</param>
    /// <param name="damaged">Those that are there already, damaged, and are replaced.</param>
    internal void Commit(IEnumerable<UnpackedLayer> layers, HashSet<ContentDigest> damaged)
    {
        var parents = new HashSet<string>();
        foreach (UnpackedLayer layer in layers)
        {
            using Fd parent = _store.Directory(Name, layer.Digest.Algorithm);
            bool named = true;
            if (damaged.Contains(layer.Digest))
            {
                layer.Directory.Replace(parent.Number, layer.Digest.Hex, Shown(layer.Digest));
            }
            else
            {
                named = layer.Directory.TryName(parent.Number, layer.Digest.Hex, Shown(layer.Digest));
            }

            if (named)
            {
                Sys.TryFlock(layer.Directory.Directory.Number, LOCK_SH); // Held from here on, and no longer in the way of others who hold it.
            }

            parents.Add(layer.Digest.Algorithm);
        }

        foreach (string algorithm in parents)
        {
            using Fd parent = _store.Directory(Name, algorithm);
            StoreDirectory.Sync(parent.Number, $"{_store.Path}/{Name}/{algorithm}");
        }
    }

    private static bool IsKept(HeldLayer layer) => Sys.TryAccess(layer.Directory.Number, KeptMark, 0, AT_SYMLINK_NOFOLLOW) == Errno.OK;

    private static string PathOf(ContentDigest digest) => $"{Name}/{digest.Algorithm}/{digest.Hex}";

    private string Shown(ContentDigest digest) => $"{_store.Path}/{PathOf(digest)}";
}
