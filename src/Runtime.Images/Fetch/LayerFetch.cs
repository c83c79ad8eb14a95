using OciSpec.Image;
using Runtime.Images.Layers;
using Runtime.Images.Store;
using Runtime.Images.Tar;
using Runtime.Linux;

namespace Runtime.Images.Fetch;

/// <summary>Brings the layers of an image that the store lacks: fetched, unpacked, proven, synced together, and named.</summary>
internal sealed class LayerFetch(ImageStore store, IImageSource source, IFetchProgress progress)
{
    private readonly List<UnpackedLayer> _unpacked = [];
    private readonly List<HeldLayer> _held = [];
    private readonly List<Fd> _locks = [];
    private readonly List<(Descriptor Blob, ContentDigest DiffId)> _busy = [];
    private List<(Descriptor Blob, ContentDigest DiffId)> _layers = [];
    private readonly HashSet<ContentDigest> _unproven = []; // There, but not known to be whole; those that stay in it are damaged.
    private readonly Lock _lock = new();
    private Exception? _failure;

    internal TarLimits Limits { get; init; } = new();

    internal int Parallel { get; init; } = 3;

    /// <summary>Whether layers that are there already are proven: an image that was removed and comes again must be whole, whoever shares its layers.</summary>
    internal bool Prove { get; init; }

    /// <summary>All layers, held; the caller lets them go.</summary>
    /// <exception cref="ImageException">One cannot be had; those that were are kept.</exception>
    internal List<HeldLayer> Run(ImageManifest manifest, ImageConfig config)
    {
        List<(Descriptor Blob, ContentDigest DiffId)> layers = [.. manifest.Layers!.Select((b, i) => (b, ContentDigest.Parse(config.Rootfs!.DiffIds![i])))];
        _layers = layers;
        progress.Layers([.. layers.Select(l => (ContentDigest.Parse(l.Blob.Digest!), l.Blob.Size!.Value))]);
        try
        {
            Queue<(Descriptor Blob, ContentDigest DiffId)> missing = Missing(layers);
            CheckSpace(missing);
            FetchAll(missing);
            while (_busy.Count > 0 && _failure is null)
            {
                // Nothing is locked while this waits: of two pulls that want the same layers in another order each would wait for the other.
                Commit(layers, complete: false);
                Wait();
                FetchAll(new Queue<(Descriptor Blob, ContentDigest DiffId)>(_busy.Where(b => _unproven.Contains(b.DiffId) || !TryHold(b.Blob, b.DiffId)).ToArray()));
            }

            Commit(layers, _failure is null);
        }
        catch
        {
            _held.ForEach(h => h.Dispose());
            throw;
        }
        finally
        {
            _locks.ForEach(l => l.Dispose());
            _unpacked.ForEach(u => u.Dispose());
        }

        if (_failure is null)
        {
            _held.ForEach(LayerStore.Unkeep); // They are held until the image has its name.
            if (source.IsRemote)
            {
                _layers.ForEach(l => store.Ingest.RemoveIdle(ContentDigest.Parse(l.Blob.Digest!))); // Of one killed after it had named them.
            }

            return _held;
        }

        _held.ForEach(h => h.Dispose());
        throw new ImageException(_failure.Message, _failure);
    }

    // What is not there, and what is there and has to be proven.
    private Queue<(Descriptor Blob, ContentDigest DiffId)> Missing(List<(Descriptor Blob, ContentDigest DiffId)> layers)
    {
        var missing = new Queue<(Descriptor Blob, ContentDigest DiffId)>();
        foreach ((Descriptor blob, ContentDigest diffId) in layers.DistinctBy(l => l.DiffId))
        {
            if (Prove && store.Layers.Has(diffId))
            {
                _unproven.Add(diffId);
                missing.Enqueue((blob, diffId));
            }
            else if (!TryHold(blob, diffId))
            {
                missing.Enqueue((blob, diffId));
            }
        }

        return missing;
    }

    private bool TryHold(Descriptor blob, ContentDigest diffId)
    {
        if (Hold(diffId) is not { } held)
        {
            return false;
        }

        lock (_lock)
        {
            _held.Add(held);
        }

        progress.Became(ContentDigest.Parse(blob.Digest!), LayerState.AlreadyThere);
        return true;
    }

    // What is fetched must fit; what it unpacks to is not known before.
    private void CheckSpace(IEnumerable<(Descriptor Blob, ContentDigest DiffId)> missing)
    {
        long needed = missing.Where(m => !_unproven.Contains(m.DiffId))
            .Sum(m => m.Blob.Size!.Value - (source.IsRemote ? Math.Min(m.Blob.Size.Value, store.Ingest.LengthOf(ContentDigest.Parse(m.Blob.Digest!))) : 0));
        if (Sys.TryFstatfs(store.Root.Number, out Abi.statfs filesystem) == Errno.OK && filesystem.f_bavail * (ulong)filesystem.f_bsize < (ulong)needed)
        {
            throw new ImageException($"{source.Shown}: its layers are {needed} bytes compressed, and {store.Path} has {filesystem.f_bavail * (ulong)filesystem.f_bsize} bytes free: free some space (cctl system df, cctl system prune)");
        }
    }

    private void Wait()
    {
        var digest = ContentDigest.Parse(_busy[0].Blob.Digest!);
        progress.Became(digest, LayerState.Waiting);
        store.Ingest.Wait(digest);
    }

    private void FetchAll(Queue<(Descriptor Blob, ContentDigest DiffId)> missing)
    {
        _busy.Clear();
        int threads = Math.Min(Parallel, missing.Count);
        Thread[] workers = [.. Enumerable.Range(0, threads).Select(_ => new Thread(() => Work(missing)))];
        foreach (Thread worker in workers)
        {
            worker.Start();
        }

        foreach (Thread worker in workers)
        {
            worker.Join();
        }
    }

    private void Work(Queue<(Descriptor Blob, ContentDigest DiffId)> missing)
    {
        while (true)
        {
            (Descriptor Blob, ContentDigest DiffId) layer;
            lock (_lock)
            {
                if (_failure is not null || !missing.TryDequeue(out layer))
                {
                    return;
                }
            }

            try
            {
                Fetch(layer.Blob, layer.DiffId);
            }
            catch (Exception e)
            {
                lock (_lock)
                {
                    _failure ??= new ImageException($"{source.Shown}: layer {ContentDigest.Parse(layer.Blob.Digest!).Short}: {e.Message}", e);
                }
            }
        }
    }

    /// <summary>Holds a layer that is there; null where it is not.</summary>
    /// <exception cref="ImageException">It is there with copies of other lower layers' files than this image has.</exception>
    private HeldLayer? Hold(ContentDigest diffId)
    {
        HeldLayer? held = store.Layers.TryHold(diffId);
        if (held is null || LowerCopies.Read(held.Directory) is not { } copies || copies.Below.SequenceEqual(_layers.TakeWhile(l => l.DiffId != diffId).Select(l => l.DiffId)))
        {
            return held;
        }

        held.Dispose();
        StoredImage? other = store.Images.Read().FirstOrDefault(i => i.DiffIds.Contains(diffId));
        throw new ImageException($"layer {diffId.Short} has hard links into the layers below it, and is here above others: it cannot be shared: {(other is null ? "cctl system prune takes it away" : $"remove the image {other.Id.Short} first, which has it")}");
    }

    // Takes a layer that is there and whole; one that is damaged stays for now, as other images have it, until there is another.
    private bool TryProve(Descriptor blob, ContentDigest diffId)
    {
        HeldLayer? held = Hold(diffId);
        string? problem = held is null ? null : new LayerProof(store).Problem(held);
        if (problem is not null)
        {
            held!.Dispose();
            progress.Warn($"layer {diffId.Short} is damaged: {problem}: it is fetched again");
            return false;
        }

        lock (_lock)
        {
            _unproven.Remove(diffId);
            if (held is null)
            {
                return false;
            }

            _held.Add(held);
        }

        progress.Became(ContentDigest.Parse(blob.Digest!), LayerState.AlreadyThere);
        return true;
    }

    private bool IsUnproven(ContentDigest diffId)
    {
        lock (_lock)
        {
            return _unproven.Contains(diffId);
        }
    }

    private void Fetch(Descriptor blob, ContentDigest diffId)
    {
        if (IsUnproven(diffId) && TryProve(blob, diffId))
        {
            return;
        }

        var digest = ContentDigest.Parse(blob.Digest!);
        UnpackedLayer unpacked;
        if (source.IsRemote)
        {
            Fd? file = store.Ingest.TryOpen(digest);
            lock (_lock)
            {
                if (file is null)
                {
                    _busy.Add((blob, diffId));
                    return;
                }

                _locks.Add(file); // Until the layer has its name: who wants it too then finds it.
            }

            if (!IsUnproven(diffId) && TryHold(blob, diffId))
            {
                store.Ingest.Remove(digest);
                return;
            }

            using var content = new IngestStream(file, Download(blob, digest, file));
            unpacked = Unpack(content, blob, diffId);
        }
        else
        {
            using Stream content = source.OpenBlob(blob, 0, out _);
            using var hashed = new HashingStream(content, digest.Algorithm);
            unpacked = Unpack(hashed, blob, diffId);
            RequireDigest(hashed, blob, digest, unpacked);
        }

        lock (_lock)
        {
            _unpacked.Add(unpacked);
        }

        progress.Became(digest, LayerState.Done);
    }

    private UnpackedLayer Unpack(Stream content, Descriptor blob, ContentDigest diffId)
    {
        progress.Became(ContentDigest.Parse(blob.Digest!), LayerState.Unpacking);
        return new LayerUnpacking(store, Limits).Unpack(content, blob.Compression, diffId, progress.Warn);
    }

    private static void RequireDigest(HashingStream content, Descriptor blob, ContentDigest digest, UnpackedLayer unpacked)
    {
        Span<byte> rest = new byte[4096];
        while (content.Read(rest) > 0)
        {
        }

        if (content.Count != blob.Size || content.Digest != digest)
        {
            unpacked.Dispose();
            throw new ImageException(content.Count != blob.Size ? $"it has {content.Count} bytes, not {blob.Size}" : $"its digest is {content.Digest}: it was changed or damaged");
        }
    }

    /// <summary>Completes the file, which may have a beginning from before, and proves it; its length.</summary>
    private long Download(Descriptor blob, ContentDigest digest, Fd file)
    {
        progress.Became(digest, LayerState.Fetching);
        using var download = new BlobDownload(source, blob, file, n => progress.Fetched(digest, n));
        return download.Run();
    }

    private void Commit(List<(Descriptor Blob, ContentDigest DiffId)> layers, bool complete)
    {
        // A layer whose links lead into others waits for a pull that has them all.
        List<UnpackedLayer> ready = [.. _unpacked.Where(u => complete || u.MissingLinks.Count == 0)];
        if (ready.Count > 0)
        {
            new LowerLinks(store, _unpacked).Make(layers, ready);
            if (!complete)
            {
                ready.ForEach(LayerStore.Keep);
            }

            Errno errno = Sys.TrySyncfs(store.Root.Number);
            if (errno != Errno.OK)
            {
                throw StoreDirectory.Failed("syncfs", store.Path, errno);
            }

            store.Layers.Commit(ready, _unproven);
        }

        foreach (UnpackedLayer layer in ready)
        {
            _held.Add(Hold(layer.Digest) ?? throw new ImageException($"{source.Shown}: layer {layer.Digest.Short} was removed while it was fetched"));
            layer.Dispose();
            _unpacked.Remove(layer);
        }

        foreach ((Descriptor blob, ContentDigest diffId) in layers)
        {
            if (source.IsRemote && ready.Exists(r => r.Digest == diffId))
            {
                store.Ingest.Remove(ContentDigest.Parse(blob.Digest!));
            }
        }

        _locks.ForEach(l => l.Dispose());
        _locks.Clear();
    }
}
