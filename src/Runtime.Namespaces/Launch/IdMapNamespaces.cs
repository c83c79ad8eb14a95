using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Child;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Launch;

/// <summary>
/// The user namespaces that idmapped mounts take their mappings from (mount_setattr(2)). Each is made by a child that
/// does nothing but live in it until its mappings are written and its namespace is open; the fd keeps it alive.
/// </summary>
public sealed class IdMapNamespaces : IDisposable
{
    private readonly Dictionary<int, int> _fds = [];
    private readonly List<Fd> _owned = [];

    private IdMapNamespaces()
    {
    }

    /// <summary>The fds by the index of the mount; owned by this object. Null where no mount is idmapped.</summary>
    public IReadOnlyDictionary<int, int>? Fds => _fds.Count == 0 ? null : _fds;

    /// <summary>That of the layers of the root; −1 where these are not idmapped.</summary>
    public int Root { get; private set; } = -1;

    /// <summary>Makes the namespaces that a configuration needs: one for each mount with mappings of its own, one for all the others.</summary>
    /// <param name="config">The config.</param>
    /// <param name="root">Whether the layers of the root are idmapped, too.</param>
    /// <exception cref="LaunchException">One could not be made or mapped.</exception>
    public static IdMapNamespaces? For(RuntimeConfig config, bool root)
    {
        IdMapNamespaces? all = root ? new IdMapNamespaces() : null;
        int containers = -1;
        if (all is not null)
        {
            all.Root = containers = all.Containers(config, "/root/path");
        }

        for (int i = 0; i < config.Mounts?.Count; i++)
        {
            Mount mount = config.Mounts[i];
            if (!MayBeIdMapped(mount))
            {
                continue;
            }

            all ??= new IdMapNamespaces();
            try
            {
                bool own = mount.UidMappings is { Count: > 0 } || mount.GidMappings is { Count: > 0 };
                int fd = own ? all.Make(mount.UidMappings ?? [], mount.GidMappings ?? [], $"/mounts/{i}")
                    : containers >= 0 ? containers
                    : containers = all.Containers(config, $"/mounts/{i}/options");
                all._fds[i] = fd;
            }
            catch
            {
                all.Dispose();
                throw;
            }
        }

        return all;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Fd fd in _owned)
        {
            fd.Dispose();
        }

        _owned.Clear();
    }

    private static bool MayBeIdMapped(Mount mount)
    {
        for (int i = 0; i < mount.Options?.Count; i++)
        {
            if (mount.Options[i] is "idmap" or "ridmap")
            {
                return true;
            }
        }

        return mount.UidMappings is { Count: > 0 } || mount.GidMappings is { Count: > 0 };
    }

    /// <summary>The mapping of the container itself: that of its new user namespace, or the one that it joins.</summary>
    private int Containers(RuntimeConfig config, string pointer)
    {
        NamespaceSet namespaces = NamespaceSet.Of(config);
        if (namespaces.Find(CLONE_NEWUSER)?.Path is { } path)
        {
            Errno errno = Sys.TryOpenAt(AT_FDCWD, path, O_RDONLY, 0, out Fd? joined);
            return joined is not null ? Keep(joined) : throw new LaunchException(pointer, $"open {path}", errno, Hints.For(HintKind.NamespacePath, errno));
        }

        if (!namespaces.Makes(CLONE_NEWUSER))
        {
            throw new LaunchException(pointer, "idmap without mappings of its own takes those of the container's user namespace, and there is none");
        }

        return Make(config.Linux!.UidMappings ?? [], config.Linux.GidMappings ?? [], "/linux");
    }

    private int Make(List<IdMapping> uids, List<IdMapping> gids, string parent) => Keep(UserNamespace.Make(uids, gids, parent));

    private int Keep(Fd fd)
    {
        _owned.Add(fd);
        return fd.Number;
    }
}
