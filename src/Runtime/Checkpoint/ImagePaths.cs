using System.Globalization;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Checkpoint;

/// <summary>
/// SECURITY: the paths by which criu opens and makes files, in the guest's mounts and with the host's rights. While it does
/// so it holds the host's procfs and more, and /proc/self is its own: a path through <c>/proc/self/fd</c> comes to the host. What
/// the kernel says of an open file leads through no link, so such a path is none that criu wrote: neither one that says so
/// itself, nor one that a link of the root filesystem, of a bind mount or of an archive leads there.
/// </summary>
internal sealed class ImagePaths
{
    private const uint Proc = 1, Tmpfs = 5;

    private static readonly string[] s_others = ["fd", "map_files", "ns"];
    private static readonly string[] s_places = ["root", "cwd", "exe"];

    private readonly ImageRules _rules;
    private readonly string _rootPath;
    private readonly List<ExternalMount> _outside;
    private readonly List<(string Image, ImageMessage Mount)> _mounts = [];

    private ImagePaths(ImageRules rules, string rootPath, List<ExternalMount> outside) => (_rules, _rootPath, _outside) = (rules, rootPath, outside);

    /// <summary>Looks at every path that the rules have noted.</summary>
    /// <param name="images">The images of records by name.</param>
    /// <param name="rules">What the configuration allows, with the paths and links that were met.</param>
    /// <param name="rootPath">The root filesystem.</param>
    /// <param name="outside">The mounts of the host's that the guest has.</param>
    /// <exception cref="ImageException">One leads through a link.</exception>
    public static void Check(IReadOnlyDictionary<string, byte[]> images, ImageRules rules, string rootPath, List<ExternalMount> outside)
    {
        var paths = new ImagePaths(rules, rootPath, outside);
        foreach ((string name, byte[] bytes) in images)
        {
            if (ImageKind.Of(name)?.Magic == ImageKind.MountsMagic)
            {
                paths._mounts.AddRange(ImageRecords.Read(name, bytes, ImageKind.MountsMagic).ConvertAll(r => (name, new ImageMessage(name, r))));
            }
        }

        foreach ((string image, string path) in rules.Paths)
        {
            paths.Check(image, path);
        }
    }

    private void Check(string image, string path)
    {
        bool leads = LeadsThroughLink(_rootPath, path);
        // Which of several mounts is the one that is seen there need not be known: it leads through a link in none.
        foreach ((string _, ImageMessage mount) in _mounts)
        {
            string point = (mount.Text(7) ?? string.Empty).TrimStart('.').TrimEnd('/');
            if (path == point || path.StartsWith(point + "/", StringComparison.Ordinal))
            {
                leads |= Leads(mount, path[point.Length..]);
            }
        }

        if (leads)
        {
            throw new ImageException(image, $"\"{path}\" leads through a link, which the path of an open file does not");
        }
    }

    private bool Leads(ImageMessage mount, string rest)
    {
        string inside = (mount.Text(6) ?? string.Empty).TrimEnd('/') + rest;
        return mount switch
        {
            _ when mount.Text(18) is string key => _outside.Find(o => o.Key == key) is { } own && LeadsThroughLink(own.Source, rest),
            _ when mount.Number(1) == Proc => LeadsThroughProcess(inside.Split('/', StringSplitOptions.RemoveEmptyEntries)),
            _ when mount.Number(1) == Tmpfs => LeadsThroughArchive(mount, inside),
            _ => false,
        };
    }

    /// <summary>proc(5): what is behind these names is a process's, wherever it lies.</summary>
    private static bool LeadsThroughProcess(ReadOnlySpan<string> names)
    {
        if (names.Length == 0)
        {
            return false;
        }

        if (names[0] is "self" or "thread-self")
        {
            return true;
        }

        bool isProcess = int.TryParse(names[0], NumberStyles.None, CultureInfo.InvariantCulture, out _);
        ReadOnlySpan<string> own = !isProcess ? [] : names.Length > 3 && names[1] == "task" ? names[3..] : names[1..];
        return own.Length > 0 && (Array.IndexOf(s_places, own[0]) >= 0 || (own.Length > 1 && Array.IndexOf(s_others, own[0]) >= 0));
    }

    private bool LeadsThroughArchive(ImageMessage mount, string inside)
    {
        string byDevice = string.Create(CultureInfo.InvariantCulture, $"tmpfs-dev-{mount.Number(3)}."), byNumber = string.Create(CultureInfo.InvariantCulture, $"tmpfs-{mount.Number(2)}.");
        return _rules.Links.Exists(l => (l.Image.StartsWith(byDevice, StringComparison.Ordinal) || l.Image.StartsWith(byNumber, StringComparison.Ordinal))
            && (inside + "/").StartsWith("/" + l.Name + "/", StringComparison.Ordinal));
    }

    private static bool LeadsThroughLink(string root, string path)
    {
        string below = path.TrimStart('/');
        if (below.Length == 0 || Sys.TryOpenAt(AT_FDCWD, root, O_PATH, 0, out Fd? opened) != Errno.OK)
        {
            return false;
        }

        using Fd directory = opened!;
        Errno errno = Sys.TryOpenAt2(directory.Number, below, O_PATH, 0, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS, out Fd? found);
        found?.Dispose();
        return errno == Errno.ELOOP;
    }
}
