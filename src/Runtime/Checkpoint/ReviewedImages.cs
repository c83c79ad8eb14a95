using Runtime.Linux;
using Runtime.Linux.Files;
using Runtime.State;
using static Runtime.Linux.Abi;

namespace Runtime.Checkpoint;

/// <summary>
/// SECURITY: the images of a restore as criu gets them. Every one of them is looked at before criu starts; what has a
/// meaning is read once, compared with the configuration, and handed on as it was read, so that nobody can change it in
/// between; what is only content (memory, pipes) is shown where it lies. Of a kind that is not known there is nothing.
/// docs/CHECKPOINT.md has the table.
/// </summary>
internal sealed class ReviewedImages : IDisposable
{
    private const int LongestImage = 64 << 20;
    private const long LongestTogether = 512L << 20;
    private const int LongestChain = 64;

    private readonly SortedDictionary<string, byte[]> _records = new(StringComparer.Ordinal);
    private readonly List<(int Depth, string Name)> _shown = [];
    private readonly List<Fd> _parents = [];
    private readonly Fd _images;
    private readonly ImageRules _rules;
    private long _left = LongestTogether;

    private ReviewedImages(Fd images, ImageRules rules) => (_images, _rules) = (images, rules);

    /// <summary>Reads a directory of images and those before it in a chain. In the mount namespace of the restore: files are mounted.</summary>
    /// <param name="images">The directory; it stays the caller's, and open while this object is used.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <param name="rules">What the configuration allows.</param>
    /// <param name="rootPath">The root filesystem.</param>
    /// <param name="outside">The mounts of the host's that the guest has.</param>
    /// <exception cref="ContainerException">An image is not one that this configuration allows.</exception>
    public static ReviewedImages Read(Fd images, string path, ImageRules rules, string rootPath, List<ExternalMount> outside)
    {
        var reviewed = new ReviewedImages(images, rules);
        try
        {
            reviewed.ReadDirectory(images);
            reviewed.ReadParents(images, path);
            NamespaceImages.Check(reviewed._records, rules);
            ImagePaths.Check(reviewed._records, rules, rootPath, outside);
            NetDeviceImages.Check(reviewed._records, rules.ExternalVeths);
            if (rules.Filter is { } filter)
            {
                SeccompImage.Check(reviewed._records, filter);
            }

            reviewed.Rewrite();
            return reviewed;
        }
        catch
        {
            reviewed.Dispose();
            throw;
        }
    }

    /// <summary>The bytes of an image; null where there is none.</summary>
    public byte[]? this[string name]
    {
        get => _records.GetValueOrDefault(name);
        set => _records[name] = value!;
    }

    /// <summary>Replaces cgroup.img, once it is known whether there is a cgroup.</summary>
    /// <exception cref="ImageException">It asks for what does not lie below the container's cgroup.</exception>
    public void RewriteCgroup(bool hasCgroup)
    {
        if (_records.TryGetValue(CgroupImage.Name, out byte[]? bytes))
        {
            _records[CgroupImage.Name] = CgroupImage.Rewrite(bytes, hasCgroup, _rules.Makes("cgroup"));
        }
    }

    /// <summary>Puts them into a directory that criu reads instead.</summary>
    public void Place(PrivateDirectory directory)
    {
        foreach ((string name, byte[] bytes) in _records)
        {
            directory.Write(name, bytes);
        }

        PrivateDirectory current = directory;
        for (int depth = 0; depth <= _parents.Count; depth++)
        {
            foreach ((int _, string name) in _shown.FindAll(s => s.Depth == depth))
            {
                using Fd file = Open(depth == 0 ? _images : _parents[depth - 1], name);
                current.Show(name, file);
            }

            PrivateDirectory? next = depth < _parents.Count ? current.Make("parent") : null;
            if (current != directory)
            {
                current.Dispose();
            }

            current = next ?? directory;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _parents.ForEach(static p => p.Dispose());

    private void ReadDirectory(Fd directory)
    {
        foreach ((string name, byte _) in DirectoryReader.ReadAll(directory.Number))
        {
            if (!name.EndsWith(".img", StringComparison.Ordinal))
            {
                continue; // logs, and what other tools keep beside images: criu does not get it
            }

            ImageKind kind = ImageKind.Of(name) ?? throw new ImageException(name, "it is of a kind that is not restored");
            if (kind.Namespace is string type && !(Makes(kind) ? _rules.Makes(type) : _rules.Has(type)))
            {
                throw new ImageException(name, $"/linux/namespaces: it is of a {type} namespace that this configuration does not make");
            }

            using Fd file = Open(directory, name);
            Read(name, kind, file);
        }
    }

    // The uts and ipc namespace of a pod, and the number of its network, have images that criu does not apply.
    private static bool Makes(ImageKind kind) => kind.Namespace is "user" or "mount" || (kind.Namespace == "network" && kind.Prefix != "netns-");

    /// <summary>Reads an image, or notes that its file is to be shown.</summary>
    private void Read(string name, ImageKind kind, Fd file)
    {
        if (kind.Content is ImageContent.Bytes or ImageContent.Archive)
        {
            if (kind.Content == ImageContent.Archive)
            {
                using var archive = new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(file.Number, ownsHandle: false), FileAccess.Read);
                TmpfsArchive.Check(name, archive, _rules);
            }

            _shown.Add((0, name));
            return;
        }

        if (FileText.TryReadAll(file.Number, out byte[] bytes, LongestImage) is Errno errno and not Errno.OK)
        {
            throw new ImageException(name, $"read it: {errno.Name()}");
        }

        _left -= bytes.Length;
        if (_left < 0)
        {
            throw new ImageException(name, $"together the images have more than {LongestTogether} bytes beside memory");
        }

        Check(name, kind, bytes);
        _records[name] = bytes;
    }

    private void Check(string name, ImageKind kind, byte[] bytes)
    {
        switch (kind.Content)
        {
            case ImageContent.Foreign:
                NetworkImages.Check(name, kind, bytes);
                break;
            case ImageContent.RecordAndBytes:
                FileImages.CheckGhost(name, bytes, _rules);
                break;
            case ImageContent.Records when kind.Magic == ImageKind.FilesMagic:
                FileImages.Check(name, bytes, _rules);
                break;
            case ImageContent.Records:
                // Of the right kind, and whole.
                ImageRecords.Read(name, bytes, kind.Magic);
                break;
        }
    }

    private void Rewrite()
    {
        foreach (string name in _records.Keys.ToList())
        {
            _records[name] = ImageKind.Of(name)!.Magic switch
            {
                ImageKind.MountsMagic => MountImage.Rewrite(name, _records[name], _rules),
                ImageKind.CoreMagic => CoreImage.Rewrite(name, _records[name], _rules),
                _ => _records[name],
            };
        }

        // Before criu starts, too: whether there is a cgroup is only known with it.
        if (_records.TryGetValue(CgroupImage.Name, out byte[]? cgroups))
        {
            CgroupImage.Rewrite(cgroups, hasCgroup: true, _rules.Makes("cgroup"));
        }
    }

    /// <summary>Of the directories before there is memory alone.</summary>
    private void ReadParents(Fd images, string path)
    {
        Fd directory = images;
        while (_parents.Count < LongestChain && ImageFolder.OpenParent(directory, path) is { } parent)
        {
            _parents.Add(parent);
            directory = parent;
            foreach ((string name, byte _) in DirectoryReader.ReadAll(directory.Number))
            {
                if (ImageKind.Of(name)?.Prefix is "pagemap-" or "pagemap-shmem-" or "pages-")
                {
                    _shown.Add((_parents.Count, name));
                }
            }
        }
    }

    private static Fd Open(Fd directory, string name)
    {
        Errno errno = Sys.TryOpenAt2(directory.Number, name, O_PATH, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS, out Fd? place);
        using (place)
        {
            Fd? file = null;
            if (place is not null)
            {
                errno = GuestFile.TryOpen(place, out file);
            }

            return file ?? throw new ImageException(name, $"open it: {errno.Name()}");
        }
    }
}
