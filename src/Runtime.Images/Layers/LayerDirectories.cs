using Runtime.Images.Tar;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Images.Layers;

/// <summary>
/// The directories of a layer, by descriptors: each name is opened in its parent's and no symlink is followed by the kernel, so that
/// nothing can lead out. The way to the last one stays open: archives go through a tree in order. A symlink in the way that the layer
/// itself made is followed inside the layer, as a program in the guest would, and not beyond its root.
/// </summary>
internal sealed class LayerDirectories : IDisposable
{
    private const int MostLinks = 40; // MAXSYMLINKS, linux/namei.h
    private const int ImplicitMode = 0b111_101_101;

    private readonly Fd _root;
    private readonly List<(string Name, Fd Fd)> _way = [];
    private string? _last;

    /// <summary>Takes the layer's root, opened for reading; it stays the caller's.</summary>
    internal LayerDirectories(Fd root) => _root = root;

    private int Top => _way.Count == 0 ? _root.Number : _way[^1].Fd.Number;

    /// <summary>The directory, made where it is missing. The descriptor is valid until the next call.</summary>
    /// <param name="path">Names between slashes, none of them <c>..</c>; empty: the root.</param>
    /// <param name="entry">The entry that asks for it, for messages.</param>
    /// <exception cref="TarException">It cannot be reached inside the layer.</exception>
    internal int Make(string path, string entry)
    {
        Errno errno = Walk(path, entry, make: true);
        return errno == Errno.OK ? Top : throw new TarException(entry, $"mkdirat: {errno.Name()}{Meaning(errno)}");
    }

    /// <summary>The directory, or the error where it is not there. The descriptor is valid until the next call.</summary>
    internal Errno TryOpen(string path, string entry, out int directory)
    {
        Errno errno = Walk(path, entry, make: false);
        directory = Top;
        return errno;
    }

    public void Dispose() => Shorten(0);

    internal static string Meaning(Errno errno) => errno switch
    {
        Errno.ENAMETOOLONG => ": a part of the name is longer than 255 bytes",
        _ => Shortage.Meaning(errno),
    };

    private Errno Walk(string path, string entry, bool make)
    {
        if (path == _last)
        {
            return Errno.OK;
        }

        _last = null;
        string[] names = path.Length == 0 ? [] : path.Split('/');
        int common = 0;
        while (common < names.Length && common < _way.Count && names[common] == _way[common].Name)
        {
            common++;
        }

        Shorten(common);
        var ahead = new Stack<string>();
        Push(ahead, names.AsSpan(common));
        int links = 0;
        while (ahead.TryPop(out string? name))
        {
            Errno errno = Enter(name, make);
            if (errno == Errno.ENOTDIR && Sys.TryReadLinkAt(Top, name) is { } target)
            {
                if (++links > MostLinks)
                {
                    throw new TarException(entry, "its path goes through too many symlinks");
                }

                Follow(target, ahead, entry);
            }
            else if (errno == Errno.ENOTDIR)
            {
                throw new TarException(entry, $"a part of its path, \"{TarException.Printable(name)}\", is not a directory");
            }
            else if (errno != Errno.OK)
            {
                return errno;
            }
        }

        _last = path;
        return Errno.OK;
    }

    // The names before ".." are entered already: what is left of them is the way.
    private void Follow(string target, Stack<string> ahead, string entry)
    {
        if (target.StartsWith('/'))
        {
            Shorten(0);
        }

        int depth = _way.Count;
        foreach (string part in target.Split('/'))
        {
            depth += part is "" or "." ? 0 : part == ".." ? -1 : 1;
            if (depth < 0)
            {
                throw new TarException(entry, $"its path leads out of the layer, through a symlink to \"{TarException.Printable(target)}\"");
            }
        }

        Push(ahead, target.Split('/'));
    }

    private static void Push(Stack<string> ahead, ReadOnlySpan<string> names)
    {
        for (int i = names.Length - 1; i >= 0; i--)
        {
            if (names[i] is not ("" or "."))
            {
                ahead.Push(names[i]);
            }
        }
    }

    private Errno Enter(string name, bool make)
    {
        if (name == "..")
        {
            Shorten(Math.Max(0, _way.Count - 1));
            return Errno.OK;
        }

        int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW;
        Errno errno = Sys.TryOpenAt(Top, name, flags, 0, out Fd? opened);
        if (errno == Errno.ENOENT && make)
        {
            errno = Sys.TryMkdirAt(Top, name, ImplicitMode);
            if (errno == Errno.OK)
            {
                errno = Sys.TryOpenAt(Top, name, flags, 0, out opened);
            }
        }

        if (opened is not null)
        {
            _way.Add((name, opened));
        }

        return errno;
    }

    private void Shorten(int count)
    {
        for (int i = _way.Count - 1; i >= count; i--)
        {
            _way[i].Fd.Dispose();
            _way.RemoveAt(i);
        }

        _last = null;
    }
}
