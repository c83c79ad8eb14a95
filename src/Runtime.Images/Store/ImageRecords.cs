using System.Globalization;
using System.Text;
using OciSpec.Image;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Images.Store;

/// <summary>Images by their manifests' digests: a directory each, which has its name only when all of the image is there and durable.</summary>
public sealed class ImageRecords
{
    private const string Name = "images";

    private readonly ImageStore _store;

    internal ImageRecords(ImageStore store) => _store = store;

    /// <summary>The image; null where the store does not have it.</summary>
    public StoredImage? Find(ContentDigest manifest)
    {
        string path = $"{Name}/{manifest.Algorithm}/{manifest.Hex}";
        int root = _store.Root.Number;
        return FileText.TryRead(root, path + "/manifest", out byte[] document) == Errno.OK
            && FileText.TryRead(root, path + "/config", out byte[] config) == Errno.OK
            && FileText.TryReadString(root, path + "/fetched") is { } fetched
            && DateTimeOffset.TryParse(fetched.TrimEnd(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? new StoredImage { Digest = manifest, ManifestBytes = document, ConfigBytes = config, Fetched = time }
            : null;
    }

    /// <summary>The name by which a registry has exactly this image; null where it came from a file.</summary>
    public string? From(ContentDigest manifest) =>
        FileText.TryReadString(_store.Root.Number, $"{Name}/{manifest.Algorithm}/{manifest.Hex}/from")?.TrimEnd();

    /// <summary>Every image, in no order; one that is removed meanwhile is left out.</summary>
    public IEnumerable<StoredImage> Read() => All().Select(Find).OfType<StoredImage>();

    /// <summary>Every image's manifest, in no order.</summary>
    public List<ContentDigest> All() => ContentDirectory.All(_store, Name);

    /// <summary>Adds an image whose layers are all there; durable when it returns.</summary>
    private void Add(ContentDigest manifest, byte[] document, byte[] config, string? from)
    {
        using TemporaryDirectory made = _store.Temporary.Make();
        int directory = made.Directory.Number;
        StoreDirectory.Write(directory, "manifest", document, made.Shown + "/manifest");
        StoreDirectory.Write(directory, "config", config, made.Shown + "/config");
        string now = DateTimeOffset.UtcNow.ToString("O", CultureInfo.InvariantCulture);
        StoreDirectory.Write(directory, "fetched", Encoding.ASCII.GetBytes(now + "\n"), made.Shown + "/fetched");
        if (from is not null)
        {
            StoreDirectory.Write(directory, "from", Encoding.ASCII.GetBytes(from + "\n"), made.Shown + "/from");
        }

        StoreDirectory.Sync(directory, made.Shown);
        using Fd parent = _store.Directory(Name, manifest.Algorithm);
        string shown = $"{_store.Path}/{Name}/{manifest.Algorithm}";
        made.TryName(parent.Number, manifest.Hex, shown);
        StoreDirectory.Sync(parent.Number, shown);
    }

    /// <summary>
    /// Gives an image names, and sees to it that nobody who removes it comes between: it is added again where that has happened, as its
    /// layers are held.
    /// </summary>
    /// <param name="manifest">The manifest's digest.</param>
    /// <param name="document">The manifest.</param>
    /// <param name="config">The config.</param>
    /// <param name="from">The repository that it can be fetched from again; null where it came from a file.</param>
    /// <param name="names">The names.</param>
    public void AddNamed(ContentDigest manifest, byte[] document, byte[] config, string? from, IEnumerable<StoredReference> names)
    {
        while (true)
        {
            Add(manifest, document, config, from is null ? null : $"{from}@{manifest}");
            using Fd? held = ContentDirectory.TryLock(_store, Name, manifest, LOCK_SH);
            if (held is not null)
            {
                foreach (StoredReference name in names)
                {
                    _store.References.Set(name);
                }

                return;
            }
        }
    }

    /// <summary>Gives an image that is there a further name; false where it is not there.</summary>
    public bool TryName(StoredReference name)
    {
        using Fd? held = ContentDirectory.TryLock(_store, Name, name.Manifest, LOCK_SH);
        if (held is not null)
        {
            _store.References.Set(name);
        }

        return held is not null;
    }

    /// <summary>Takes an image away that has no name; its layers stay until <see cref="LayerStore.RemoveUnused"/>. False where it got a name meanwhile, or is gone.</summary>
    public bool RemoveUnnamed(ContentDigest manifest)
    {
        using Fd? alone = ContentDirectory.TryLock(_store, Name, manifest, LOCK_EX);
        return alone is not null && !_store.References.All().Exists(r => r.Manifest == manifest) && ContentDirectory.Remove(_store, Name, manifest);
    }

    /// <summary>Takes an image away whatever its names: a damaged one, so that it is loaded again.</summary>
    public void RemoveDamaged(ContentDigest manifest) => ContentDirectory.Remove(_store, Name, manifest, alone: false);
}
