using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Cgroups.Limits;

/// <summary>Enables controllers from the mount down to the parent of a cgroup (cgroup.subtree_control), each level for the next.</summary>
internal static class ControllerTree
{
    private const string SubtreeControl = "cgroup.subtree_control";

    /// <summary>
    /// Makes the controllers of <paramref name="writes"/> available in the cgroup. Where they are already, that is found
    /// with one read.
    /// </summary>
    /// <exception cref="CgroupException">One cannot be: bound to cgroup v1, switched off, or a cgroup on the way does not allow it.</exception>
    public static void Require(CgroupMount mount, string relative, Cgroup cgroup, List<CgroupWrite> writes)
    {
        string? present = CgroupFile.ReadText(cgroup.Directory.Number, "cgroup.controllers");
        List<CgroupWrite> missing = Missing(present, writes);
        if (missing.Count == 0)
        {
            return;
        }

        List<CgroupWrite> unknown = Missing(CgroupFile.ReadText(mount.Directory.Number, "cgroup.controllers"), missing);
        if (unknown.Count > 0)
        {
            throw new CgroupException(unknown[0].Pointer, MissingController.Explain(unknown[0].Controller, mount));
        }

        Walk(mount, relative, (dirfd, path) =>
        {
            foreach (CgroupWrite write in Missing(CgroupFile.ReadText(dirfd, SubtreeControl), missing))
            {
                Errno errno = HasProcesses(dirfd) ? Errno.EBUSY : CgroupFile.TryWrite(dirfd, SubtreeControl, "+" + write.Controller);
                if (errno != Errno.OK)
                {
                    throw new CgroupException(write.Pointer, $"enable the {write.Controller} controller in {path}", errno, EnableHint(mount, relative, dirfd, path, write.Controller, errno));
                }
            }
        });
    }

    /// <summary>
    /// Gives the cgroup whatever the hierarchy has, so that containers without limits are accounted too, and can be limited
    /// later, whoever made the cgroups above. What cannot be enabled is left: nothing depends on it yet. Where a cgroup on
    /// the way was delegated, those above it are its owner's to set up, and are left alone.
    /// </summary>
    public static void EnableAll(CgroupMount mount, string relative, Cgroup cgroup)
    {
        if (CgroupFile.ReadText(mount.Directory.Number, "cgroup.controllers") is not { Length: > 0 } available
            || CgroupFile.ReadText(cgroup.Directory.Number, "cgroup.controllers") == available)
        {
            return;
        }

        string delegated = string.Empty;
        Walk(mount, relative, (dirfd, path) => delegated = IsDelegated(dirfd) ? path : delegated);
        string all = "+" + available.Replace(" ", " +", StringComparison.Ordinal);
        Walk(mount, relative, (dirfd, path) =>
        {
            // Each path begins with the one before.
            if (path.Length < delegated.Length || CgroupFile.ReadText(dirfd, SubtreeControl) == available || HasProcesses(dirfd) || CgroupFile.TryWrite(dirfd, SubtreeControl, all) == Errno.OK)
            {
                return;
            }

            foreach (Range name in available.AsSpan().Split(' '))
            {
                CgroupFile.TryWrite(dirfd, SubtreeControl, "+" + available[name]);
            }
        });
    }

    /// <summary>
    /// Waits until a controller that another process enables this moment has made its files: cgroup.controllers and
    /// cgroup.subtree_control tell of it before that. A write that changes nothing takes the lock that the enabling holds.
    /// </summary>
    /// <returns>Whether the controller is enabled for the cgroup, so that its files are there now.</returns>
    public static bool AwaitFiles(int dirfd, string controller)
    {
        const string Above = "../" + SubtreeControl;
        return HasWord(CgroupFile.ReadText(dirfd, Above), controller) && CgroupFile.TryWrite(dirfd, Above, "+" + controller) == Errno.OK;
    }

    /// <summary>The first write of each controller that is not among <paramref name="present"/>, a list between spaces.</summary>
    internal static List<CgroupWrite> Missing(string? present, List<CgroupWrite> writes)
    {
        var missing = new List<CgroupWrite>();
        foreach (CgroupWrite write in writes)
        {
            string controller = write.Controller;
            if (controller is not ("cgroup" or "perf_event") && !HasWord(present, controller) && !missing.Exists(m => m.Controller == controller))
            {
                missing.Add(write);
            }
        }

        return missing;
    }

    private static bool HasWord(ReadOnlySpan<char> words, string word)
    {
        foreach (Range range in words.Split(' '))
        {
            if (words[range].SequenceEqual(word))
            {
                return true;
            }
        }

        return false;
    }

    // Every cgroup above the leaf, from the mount down.
    private static void Walk(CgroupMount mount, string relative, Action<int, string> enable)
    {
        enable(mount.Directory.Number, mount.Path);
        for (int slash = relative.IndexOf('/'); slash > 0; slash = relative.IndexOf('/', slash + 1))
        {
            string part = relative[..slash];
            if (Sys.TryOpenAt(mount.Directory.Number, part, O_PATH | O_DIRECTORY, 0, out Fd? opened) == Errno.OK)
            {
                using Fd directory = opened!;
                enable(directory.Number, string.Concat(mount.Path, "/", part));
            }
        }
    }

    // systemd.resource-control(5), Delegate=: who may not write trusted attributes marks it with a user's.
    private static bool IsDelegated(int dirfd)
    {
        if (Sys.TryOpenAt(dirfd, ".", O_RDONLY | O_DIRECTORY, 0, out Fd? opened) != Errno.OK)
        {
            return false;
        }

        using Fd directory = opened!;
        Span<byte> value = stackalloc byte[2];
        return (Sys.TryGetXattr(directory.Number, "trusted.delegate\0"u8, value, out int length) == Errno.OK
                || Sys.TryGetXattr(directory.Number, "user.delegate\0"u8, value, out length) == Errno.OK)
            && value[..length].SequenceEqual("1"u8);
    }

    /// <summary>
    /// Controllers that know threads can be enabled beside processes, but then the cgroup becomes the root of a threaded
    /// subtree, and its children take no process (cgroups(7), "domain invalid"). The hierarchy's own root has no type.
    /// </summary>
    private static bool HasProcesses(int dirfd) =>
        CgroupFile.ReadText(dirfd, "cgroup.type") is not null && CgroupFile.ReadText(dirfd, "cgroup.procs") is { Length: > 0 };

    /// <summary>The name of the first cgroup on the way that this process may set up: of the unit that was given to its user.</summary>
    private static string? FirstOfOwn(CgroupMount mount, string relative)
    {
        int start = 0;
        while (start < relative.Length)
        {
            int slash = relative.IndexOf('/', start);
            int end = slash < 0 ? relative.Length : slash;
            if (Sys.TryAccess(mount.Directory.Number, string.Concat(relative.AsSpan(0, end), "/" + SubtreeControl), W_OK, 0) == Errno.OK)
            {
                return relative[start..end];
            }

            start = end + 1;
        }

        return null;
    }

    private static string EnableHint(CgroupMount mount, string relative, int dirfd, string path, string controller, Errno errno)
    {
        string? type = CgroupFile.ReadText(dirfd, "cgroup.type");
        return errno switch
        {
            Errno.EBUSY => "processes live in it, and a cgroup with controllers for its children can have none: choose a cgroupsPath elsewhere, or move them into a child",
            Errno.EOPNOTSUPP or Errno.EINVAL when type is "threaded" or "domain threaded" or "domain invalid" =>
                $"it is of the type {type}, below which {controller} cannot limit processes: choose a cgroupsPath elsewhere",
            Errno.EINVAL when controller == "cpu" => "a real-time process outside of the root cgroup keeps the cpu controller away",
            Errno.EACCES or Errno.EPERM when FirstOfOwn(mount, relative) is { } unit =>
                $"the controller is not delegated to this user: as root, add {controller} to Delegate= of {unit} (systemctl edit {unit})",
            Errno.EACCES or Errno.EPERM => $"the controller is not delegated to this user: set Delegate={controller} on the unit that owns {path}",
            Errno.EROFS => "the cgroup mount is read-only here",
            Errno.ENOENT => "the cgroup above it does not give it the controller",
            _ => string.Empty,
        };
    }
}
