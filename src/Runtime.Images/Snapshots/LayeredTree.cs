using Runtime.Linux;
using Runtime.Linux.Files;
using static Runtime.Linux.Abi;

namespace Runtime.Images.Snapshots;

/// <summary>
/// Layers as an overlay would show them, without mounting one: for the few files that are read before a launch, such as passwd(5).
/// Nothing leads out of the layers, and only regular files are opened.
/// </summary>
public sealed class LayeredTree : IDisposable
{
    private const int MostSymlinks = 40; // path_resolution(7)

    private readonly Root[] _layers;
    private readonly bool _userXattrs;

    private LayeredTree(Root[] layers, bool userXattrs)
    {
        _layers = layers;
        _userXattrs = userXattrs;
    }

    /// <summary>Opens the layers.</summary>
    /// <param name="layers">Their absolute paths, the topmost first.</param>
    /// <param name="userXattrs">Whether overlayfs's marks in them are user attributes.</param>
    /// <exception cref="SyscallException">One cannot be opened.</exception>
    public static LayeredTree Open(IReadOnlyList<string> layers, bool userXattrs) =>
        new([.. layers.Select(l => Root.Open(l, Links.Refused))], userXattrs);

    /// <summary>The content of a regular file; null where there is none at this path, or it is longer.</summary>
    /// <param name="unsafePath">The path; symlinks are followed inside the layers.</param>
    /// <param name="limit">The most bytes.</param>
    public byte[]? TryRead(string unsafePath, int limit)
    {
        using Fd? place = Reach(unsafePath);
        if (place is null || GuestFile.TryOpen(place, out Fd? opened) != Errno.OK)
        {
            return null;
        }

        using Fd file = opened!;
        return FileText.TryReadAll(file.Number, out byte[] bytes, limit) == Errno.OK ? bytes : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Root layer in _layers)
        {
            layer.Dispose();
        }
    }

    // Each directory on the way is of some of the layers: those that have it, down to where one hides what is below.
    private Fd? Reach(string unsafePath)
    {
        var names = new Stack<string>();
        Push(names, unsafePath);
        var way = new Stack<(string Path, Root[] Layers)>();
        way.Push(("", _layers));
        int symlinks = 0;
        while (names.TryPop(out string? name))
        {
            if (name == "..")
            {
                if (way.Count > 1)
                {
                    way.Pop();
                }

                continue;
            }

            (string directory, Root[] layers) = way.Peek();
            string path = directory.Length == 0 ? name : $"{directory}/{name}";
            Fd? found = Find(layers, path, out Root[] directories);
            if (directories.Length > 0)
            {
                way.Push((path, directories));
                continue;
            }

            if (found is null || Kind(found) != S_IFLNK)
            {
                return names.Count == 0 ? found : null;
            }

            using (found)
            {
                if (++symlinks > MostSymlinks || Sys.TryReadLink(found.Number) is not { } target)
                {
                    return null;
                }

                if (target.StartsWith('/'))
                {
                    way.Clear();
                    way.Push(("", _layers));
                }

                Push(names, target);
            }
        }

        return null; // a directory
    }

    // What the topmost layer that has it says it is: a file, or a directory together with those of the layers below.
    private Fd? Find(Root[] layers, string path, out Root[] directories)
    {
        var merged = new List<Root>();
        directories = [];
        foreach (Root layer in layers)
        {
            if (layer.TryOpen(path, O_PATH | O_NOFOLLOW, out Fd? there) != Errno.OK)
            {
                continue;
            }

            int kind = Kind(there!);
            if (kind != S_IFDIR)
            {
                if (merged.Count == 0 && !IsWhiteout(there!))
                {
                    return there;
                }

                there!.Dispose();
                break;
            }

            there!.Dispose();
            merged.Add(layer);
            if (IsOpaque(layer, path))
            {
                break;
            }
        }

        directories = [.. merged];
        return null;
    }

    private bool IsOpaque(Root layer, string path)
    {
        if (layer.TryOpen(path, O_RDONLY | O_DIRECTORY, out Fd? opened) != Errno.OK)
        {
            return false;
        }

        using Fd directory = opened!;
        Span<byte> value = stackalloc byte[1];
        ReadOnlySpan<byte> name = _userXattrs ? "user.overlay.opaque\0"u8 : "trusted.overlay.opaque\0"u8;
        return Sys.TryGetXattr(directory.Number, name, value, out int length) == Errno.OK && length == 1 && value[0] == (byte)'y';
    }

    private static void Push(Stack<string> names, string unsafePath)
    {
        foreach (string part in unsafePath.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
        {
            if (part != ".")
            {
                names.Push(part);
            }
        }
    }

    private static int Kind(Fd place) => Sys.TryStatx(place.Number, string.Empty, AT_EMPTY_PATH, out statx status) == Errno.OK ? status.stx_mode & S_IFMT : 0;

    private static bool IsWhiteout(Fd place) =>
        Sys.TryStatx(place.Number, string.Empty, AT_EMPTY_PATH, out statx status) == Errno.OK
        && (status.stx_mode & S_IFMT) == S_IFCHR && status is { stx_rdev_major: 0, stx_rdev_minor: 0 };
}
