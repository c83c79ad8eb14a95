using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Checkpoint;

/// <summary>
/// A mount namespace for this thread, and for the criu that it starts, in which the root filesystem is a mount of its own:
/// criu wants one, and on the host it would be left behind by whoever is killed. Disposing returns to the host's.
/// </summary>
internal sealed class PrivateMounts : IDisposable
{
    private readonly Fd _host;
    private Fd? _own;

    private PrivateMounts(Fd host) => _host = host;

    /// <summary>Makes the namespace and enters it. Descriptors that criu gets are to be opened in it: it mounts below them.</summary>
    /// <param name="rootfs">Absolute path of the root filesystem.</param>
    /// <param name="readOnly">Whether that is to be a read-only mount.</param>
    /// <exception cref="ContainerException">A mount failed.</exception>
    public static PrivateMounts Enter(string rootfs, bool readOnly)
    {
        // unshare(2): CLONE_NEWNS gives the calling thread a root and working directory of its own, so that it can return.
        var mounts = new PrivateMounts(Sys.OpenAt(AT_FDCWD, "/proc/thread-self/ns/mnt", O_RDONLY));
        try
        {
            Require((Errno)(-(int)Sys.Raw(SyscallNumber.unshare, (nint)CLONE_NEWNS)), "make a mount namespace (unshare)");
            mounts._own = Sys.OpenAt(AT_FDCWD, "/proc/thread-self/ns/mnt", O_RDONLY);
            using (Fd all = Sys.OpenAt(AT_FDCWD, "/", O_PATH | O_DIRECTORY))
            {
                Require(Sys.TryMountSetattr(all.Number, AT_RECURSIVE, new mount_attr { propagation = MS_SLAVE }), "make / a slave of the host's (mount_setattr)");
            }

            Attach(rootfs, readOnly);
            return mounts;
        }
        catch
        {
            mounts.Dispose();
            throw;
        }
    }

    /// <summary>Does something in the host's mount namespace, as hooks are to be run.</summary>
    public void OnHost(Action action)
    {
        Return();
        try
        {
            action();
        }
        finally
        {
            Require(Sys.TrySetns(_own!.Number, CLONE_NEWNS), "enter the mount namespace of the restore again (setns)");
        }
    }

    /// <summary>Does something in a restored process's mount namespace; it is told that namespace's root, whatever root the process has.</summary>
    /// <exception cref="ContainerException">The namespace cannot be entered.</exception>
    public void InGuest(int pid, Action<Fd> action)
    {
        using Fd guest = Sys.OpenAt(AT_FDCWD, $"/proc/{pid}/ns/mnt", O_RDONLY);
        Require(Sys.TrySetns(guest.Number, CLONE_NEWNS), "enter the mount namespace of the restored guest (setns)");
        try
        {
            using Fd root = Sys.OpenAt(AT_FDCWD, "/", O_PATH | O_DIRECTORY);
            action(root);
        }
        finally
        {
            Require(Sys.TrySetns(_own!.Number, CLONE_NEWNS), "enter the mount namespace of the restore again (setns)");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_own is not null)
        {
            Return();
            _own.Dispose();
            _own = null;
        }

        _host.Dispose();
    }

    private static void Attach(string rootfs, bool readOnly)
    {
        Require(Sys.TryOpenTree(AT_FDCWD, rootfs, OPEN_TREE_CLONE | AT_RECURSIVE, out Fd? opened), $"/root/path: copy the mount of {rootfs} (open_tree)");
        using Fd tree = opened!;
        if (readOnly)
        {
            Require(Sys.TryMountSetattr(tree.Number, 0, new mount_attr { attr_set = MOUNT_ATTR_RDONLY }), $"/root/readonly: {rootfs} (mount_setattr)");
        }

        // move_mount(2) follows no link at a path's end, and the root filesystem may be one.
        Require(Sys.TryMoveMount(tree.Number, rootfs + "/."), $"/root/path: attach the mount of {rootfs} (move_mount)");
    }

    private void Return() => Require(Sys.TrySetns(_host.Number, CLONE_NEWNS), "return to the host's mount namespace (setns)");

    private static void Require(Errno errno, string tried)
    {
        if (errno != Errno.OK)
        {
            throw new ContainerException($"{tried}: {errno.Name()}");
        }
    }
}
