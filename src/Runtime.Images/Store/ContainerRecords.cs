using System.Globalization;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Images.Store;

/// <summary>
/// Containers on images' layers: containers/ID/ has what each has changed. Its name is a symlink in names/, its range of ids one in ids/:
/// whoever makes the link has it, and one whose container is gone is nobody's.
/// </summary>
public sealed class ContainerRecords
{
    private const string Name = "containers";
    private const string File = "container";
    private const int Attempts = 64;

    private readonly ImageStore _store;

    internal ContainerRecords(ImageStore store) => _store = store;

    /// <summary>The absolute path of a container's directory.</summary>
    public string PathOf(string id) => $"{_store.Path}/{Name}/{id}";

    /// <summary>The container with this id; null where there is none.</summary>
    public StoredContainer? Find(string id) =>
        FileText.TryReadString(_store.Root.Number, $"{Name}/{id}/{File}") is { } text ? StoredContainer.Parse(id, text) : null;

    /// <summary>The container with this name; null where there is none.</summary>
    public StoredContainer? FindNamed(string name) =>
        !name.Contains('/', StringComparison.Ordinal) && Sys.TryReadLinkAt(_store.Root.Number, $"names/{name}") is { } id && Find(id) is { } found && found.Name == name ? found : null;

    /// <summary>The ids of all containers, in no order.</summary>
    public List<string> Ids()
    {
        if (Sys.TryOpenAt(_store.Root.Number, Name, O_RDONLY | O_DIRECTORY, 0, out Fd? opened) != Errno.OK)
        {
            return [];
        }

        using Fd directory = opened!;
        return StoreDirectory.Names(directory.Number);
    }

    /// <summary>Every container, in no order; one that is made or removed meanwhile is left out.</summary>
    public IEnumerable<StoredContainer> All() => Ids().Select(Find).OfType<StoredContainer>();

    /// <summary>
    /// Makes a container's directory, and takes its name and range of ids. Its layers are held by the caller: from here on the record
    /// holds them.
    /// </summary>
    /// <param name="container">The container; its range is chosen here.</param>
    /// <param name="ranges">The first ids of ranges to try, in this order; null where it needs none.</param>
    /// <exception cref="ImageException">The name is taken, or the store cannot be written.</exception>
    public StoredContainer Make(StoredContainer container, IEnumerable<uint>? ranges)
    {
        string shown = PathOf(container.Id);
        using Fd parent = _store.Directory(Name);
        using TemporaryDirectory made = _store.Temporary.Make(); // Where whoever comes next finds what a kill leaves.
        StoreDirectory.WriteUnsynced(made.Directory.Number, File, container.Write(), shown);
        if (!made.TryName(parent.Number, container.Id, shown))
        {
            throw new ImageException($"{shown}: there is such a container already");
        }

        if (ranges is not null)
        {
            container = TakeRange(container, ranges, made.Directory);
        }

        if (Take("names", container.Name, container.Id) is { } owner)
        {
            throw new ImageException($"the name \"{container.Name}\" is taken by the container {owner[..Math.Min(owner.Length, 12)]}: remove that one (cctl rm {container.Name}), or choose another");
        }

        return container;
    }

    /// <summary>
    /// Takes a container away, its name and its range; nothing where it is not there. What names it goes first, as long as it is known:
    /// a removal that is killed can be done again.
    /// </summary>
    /// <exception cref="ImageException">It stays for now.</exception>
    public void Remove(string id)
    {
        if (Find(id) is { } container)
        {
            Release("names", container.Name, id);
            if (container.FirstId is uint first)
            {
                Release("ids", first.ToString(CultureInfo.InvariantCulture), id);
            }
        }

        if (Sys.TryOpenAt(_store.Root.Number, Name, O_RDONLY | O_DIRECTORY, 0, out Fd? opened) != Errno.OK)
        {
            return;
        }

        using Fd parent = opened!;
        using Fd trash = _store.Directory("tmp");
        Errno errno = Sys.TryRenameAt2(parent.Number, id, trash.Number, RandomName.New(), 0);
        if (errno is not (Errno.OK or Errno.ENOENT))
        {
            throw StoreDirectory.Failed("remove", PathOf(id), errno);
        }

        _store.RemoveGarbage();
    }

    /// <summary>A new id, which no container has.</summary>
    public static string NewId() => RandomName.New() + RandomName.New();

    // Written down before it is taken: whoever removes the container gives back what has its id.
    private StoredContainer TakeRange(StoredContainer container, IEnumerable<uint> ranges, Fd directory)
    {
        foreach (uint first in ranges)
        {
            StoredContainer chosen = container with { FirstId = first };
            FileText.Replace(directory.Number, File, chosen.Write(), StoreDirectory.FileMode);
            if (Take("ids", first.ToString(CultureInfo.InvariantCulture), container.Id) is null)
            {
                return chosen;
            }
        }

        throw new ImageException($"no range of ids is free for the container's user namespace: remove containers (cctl rm), or run it in the host's (--userns host)");
    }

    /// <summary>Makes a link; null when it is made, else the container that has it.</summary>
    private string? Take(string kind, string name, string id)
    {
        using Fd directory = _store.Directory(kind);
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            Errno errno = Sys.TrySymlinkAt(id, directory.Number, name);
            if (errno == Errno.OK)
            {
                return null;
            }

            if (errno != Errno.EEXIST)
            {
                throw StoreDirectory.Failed("symlink", $"{_store.Path}/{kind}/{name}", errno);
            }

            string? owner = Sys.TryReadLinkAt(directory.Number, name);
            if (owner is not null && Sys.TryAccess(_store.Root.Number, $"{Name}/{owner}", 0, AT_SYMLINK_NOFOLLOW) == Errno.OK)
            {
                return owner;
            }

            // Its container is gone: a removal was killed before it came here.
            Sys.TryUnlinkAt(directory.Number, name, 0);
        }

        throw new ImageException($"{_store.Path}/{kind}/{name}: it is taken and given back all the time");
    }

    private void Release(string kind, string name, string id)
    {
        string path = $"{kind}/{name}";
        if (Sys.TryReadLinkAt(_store.Root.Number, path) == id)
        {
            Sys.TryUnlinkAt(_store.Root.Number, path, 0);
        }
    }
}
