using Runtime.Cgroups;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Exec;

/// <summary>
/// Where a further process of a container goes. Its own cgroup, unless the guest has enabled controllers for cgroups that
/// it made in it: then the kernel lets no process in, and the first process's is taken; as it is where its own is gone. A guest may have frozen that one,
/// or hidden it deeper than a path is long; then one is made for the purpose.
/// </summary>
internal static class ExecCgroup
{
    private const string Own = "cctl-exec";
    private const int Attempts = 8;

    /// <summary>The directory, which the caller owns; null where the container's cgroup is gone and the first process's is not known.</summary>
    /// <param name="path">The container's cgroup.</param>
    /// <param name="init">Its first process.</param>
    /// <exception cref="ContainerException">No process can be put into the cgroup or below it.</exception>
    public static Fd? Open(string path, int init)
    {
        Sys.TryOpenAt(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0, out Fd? cgroup);
        if (cgroup is null)
        {
            // The first process was moved away, and somebody removed what it left: neither takes it any rights of the guest's.
            return OpenInits(init);
        }

        if (!HasInnerControllers(cgroup))
        {
            return cgroup;
        }

        using (cgroup)
        {
            // One that is paused as a whole is entered all the same, if at all (--ignore-paused): it goes on with the others.
            bool isPaused = IsFrozen(cgroup);
            return OpenInits(path, init, isPaused) ?? MakeOwn(cgroup, path, isPaused);
        }
    }

    // Where only threads are told apart below, processes and controllers go together ("domain threaded", "threaded").
    private static bool HasInnerControllers(Fd cgroup) =>
        FileText.TryRead(cgroup.Number, "cgroup.subtree_control", out byte[] controllers) == Errno.OK && controllers.Length > 1
        && FileText.TryReadString(cgroup.Number, "cgroup.type")?.Contains("threaded", StringComparison.Ordinal) != true;

    private static Fd? OpenInits(int init)
    {
        using CgroupMount? mount = CgroupMount.Find();
        if (mount?.CgroupOf(init) is not { } relative)
        {
            return null;
        }

        Sys.TryOpenAt(AT_FDCWD, $"{mount.Path}/{relative}", O_PATH | O_DIRECTORY, 0, out Fd? opened);
        return opened;
    }

    // SECURITY: never above the container's own, whatever the kernel can say of a process that is nested too deep for a path.
    private static Fd? OpenInits(string path, int init, bool isPaused)
    {
        using CgroupMount? mount = CgroupMount.Find();
        if (mount?.CgroupOf(init) is not { } relative || !$"{mount.Path}/{relative}/".StartsWith(path + "/", StringComparison.Ordinal))
        {
            return null;
        }

        Sys.TryOpenAt(AT_FDCWD, $"{mount.Path}/{relative}", O_PATH | O_DIRECTORY, 0, out Fd? opened);
        if (opened is not null && !Takes(opened, isPaused))
        {
            opened.Dispose();
            return null;
        }

        return opened;
    }

    private static Fd MakeOwn(Fd cgroup, string path, bool isPaused)
    {
        Errno errno = Errno.EBUSY;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            string name = attempt == 0 ? Own : $"{Own}-{attempt}";
            errno = Sys.TryMkdirAt(cgroup.Number, name, 0b111_101_101);
            if (errno is not (Errno.OK or Errno.EEXIST))
            {
                break;
            }

            errno = Sys.TryOpenAt(cgroup.Number, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, out Fd? opened);
            if (opened is not null && Takes(opened, isPaused))
            {
                return opened;
            }

            opened?.Dispose();
            errno = Errno.EBUSY;
        }

        throw new ContainerException($"put a process into cgroup {path}: {errno.Name()}: the guest has frozen, nested or limited its own cgroups: name one of them with --cgroup");
    }

    // A frozen one would hold the process still before it is set up, one with controllers for its children takes none.
    private static bool Takes(Fd cgroup, bool isPaused) =>
        (isPaused || !IsFrozen(cgroup))
        && FileText.TryReadString(cgroup.Number, "cgroup.type") is { } type && !type.StartsWith("domain invalid", StringComparison.Ordinal)
        && !HasInnerControllers(cgroup);

    private static bool IsFrozen(Fd cgroup) =>
        FileText.TryReadString(cgroup.Number, "cgroup.events")?.Contains("frozen 1", StringComparison.Ordinal) != false;
}
