using Microsoft.Win32.SafeHandles;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Images.Store;

/// <summary>
/// Images on disk: plain files and directories, no database, no lock that all share.
/// <code>
/// images/ALGORITHM/HEX/     one image by its manifest's digest: manifest, config, info; there = complete and durable
/// layers/ALGORITHM/HEX/     one layer by its diffID: fs/, skeleton, info; there = complete and durable
/// refs/HOST/REPOSITORY/:TAG one line: the manifest's digest
/// ingest/ALGORITHM-HEX      a blob while it is fetched; locked by its owner, kept by a failure, and gone on with
/// containers/ID/            what a container on an image has changed
/// names/NAME, ids/FIRST     symlinks: whose name, and whose range of ids, these are
/// tmp/NAME/                 what is being made; locked by its owner; not locked = garbage that anyone removes
/// </code>
/// Whatever is named is durable: trees are synced (syncfs(2)) before they get their name, files before theirs, directories after.
/// </summary>
public sealed class ImageStore : IDisposable
{
    private ImageStore(string path, Fd root)
    {
        Path = path;
        Root = root;
        Temporary = new TemporaryDirectories(this);
        References = new ReferenceStore(this);
        Images = new ImageRecords(this);
        Layers = new LayerStore(this);
        Ingest = new IngestStore(this);
        Containers = new ContainerRecords(this);
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Names of images.</summary>
    public ReferenceStore References { get; }

    /// <summary>Images by their manifests.</summary>
    public ImageRecords Images { get; }

    /// <summary>Unpacked layers.</summary>
    public LayerStore Layers { get; }

    /// <summary>Containers on layers.</summary>
    public ContainerRecords Containers { get; }

    /// <summary>Blobs that are being fetched.</summary>
    public IngestStore Ingest { get; }

    /// <summary>Whether the store is one of a user namespace: overlayfs's marks are user attributes there.</summary>
    public bool UserXattrs { get; private init; }

    internal Fd Root { get; }

    internal TemporaryDirectories Temporary { get; }

    /// <summary>The store of who calls: /var/lib/cctl for root, ~/.local/share/cctl (XDG_DATA_HOME) for others.</summary>
    /// <exception cref="ImageException">There is no home directory.</exception>
    public static string DefaultPath(bool root) =>
        root ? "/var/lib/cctl"
        : Environment.GetEnvironmentVariable("XDG_DATA_HOME") is { Length: > 0 } data && data[0] == '/' ? data + "/cctl"
        : Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home && home[0] == '/' ? home + "/.local/share/cctl"
        : throw new ImageException("HOME is not set: say where images are kept with --store DIRECTORY");

    /// <summary>Opens a store to read it, or null where there is none yet.</summary>
    /// <param name="path">Its directory.</param>
    /// <exception cref="ImageException">It cannot be opened.</exception>
    public static ImageStore? TryOpen(string path)
    {
        Errno errno = Sys.TryOpenAt(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0, out Fd? root);
        return root is not null ? new ImageStore(path, root)
            : errno == Errno.ENOENT ? null
            : throw StoreDirectory.Failed("open", path, errno);
    }

    /// <summary>Opens a store to write to it, making it where there is none.</summary>
    /// <param name="path">Its directory.</param>
    /// <param name="userXattrs">Whether who writes it is in a user namespace.</param>
    /// <exception cref="ImageException">It cannot be made or opened.</exception>
    public static ImageStore Create(string path, bool userXattrs)
    {
        string made = "";
        foreach (string part in System.IO.Path.GetFullPath(path).Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            made += "/" + part;
            Errno errno = Sys.TryMkdirAt(AT_FDCWD, made, StoreDirectory.Mode);
            if (errno is not (Errno.OK or Errno.EEXIST or Errno.EROFS or Errno.EACCES))
            {
                throw StoreDirectory.Failed("mkdir", made, errno);
            }
        }

        Errno opened = Sys.TryOpenAt(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0, out Fd? root);
        return new ImageStore(path, root ?? throw StoreDirectory.Failed("open", path, opened)) { UserXattrs = userXattrs };
    }

    /// <summary>A file on the store's filesystem that has no name and goes with its descriptor.</summary>
    /// <exception cref="ImageException">It cannot be made.</exception>
    public SafeFileHandle MakeTemporaryFile()
    {
        using Fd parent = Directory("tmp");
        Errno errno = Sys.TryOpenAt(parent.Number, ".", O_RDWR | O_TMPFILE, StoreDirectory.FileMode, out Fd? file);
        return file is not null
            ? new SafeFileHandle(file.Release(), ownsHandle: true)
            : throw StoreDirectory.Failed("open", $"{Path}/tmp", errno);
    }

    /// <summary>Removes what killed processes left.</summary>
    public void RemoveGarbage() => Temporary.RemoveGarbage();

    /// <inheritdoc/>
    public void Dispose() => Root.Dispose();

    /// <summary>A directory directly below the store, made where it is missing.</summary>
    internal Fd Directory(string name) => StoreDirectory.Make(Root.Number, name, $"{Path}/{name}");

    /// <summary>A directory of content by digest, made where it is missing.</summary>
    internal Fd Directory(string name, string algorithm)
    {
        using Fd parent = Directory(name);
        return StoreDirectory.Make(parent.Number, algorithm, $"{Path}/{name}/{algorithm}");
    }
}
