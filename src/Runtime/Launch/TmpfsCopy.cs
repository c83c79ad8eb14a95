using Runtime.Linux;
using Runtime.Linux.Files;
using Runtime.Namespaces;
using static Runtime.Linux.Abi;

namespace Runtime.Launch;

/// <summary>tmpcopyup: fills a new tmpfs with what it is going to cover. <see cref="TmpfsCopier"/> runs it at the guest's expense.</summary>
internal static class TmpfsCopy
{
    /// <summary>Copies the content of a directory, with owners, modes, links and extended attributes.</summary>
    /// <param name="from">The covered directory.</param>
    /// <param name="to">The tmpfs, not attached yet.</param>
    /// <param name="takesRoot">Whether the tmpfs's own directory gets the covered directory's owner and mode.</param>
    /// <exception cref="LaunchException">Something could not be copied, or there is too much.</exception>
    public static void Copy(Fd from, Fd to, bool takesRoot)
    {
        // The tmpfs of a user namespace takes files only of ids that are mapped there: its root has one.
        Errno errno = Sys.TryStatx(to.Number, string.Empty, AT_EMPTY_PATH, out statx owner);
        if (errno != Errno.OK)
        {
            throw new LaunchException(string.Empty, "tmpcopyup: statx /", errno, string.Empty);
        }

        Sys.SetFilesystemIds(owner.stx_uid, owner.stx_gid);
        try
        {
            TreeCopy.Copy(from, to, takesRoot);
        }
        catch (TreeException e)
        {
            throw Failure(e);
        }
        finally
        {
            Sys.SetFilesystemIds(Sys.GetEuid(), Sys.GetEgid());
        }
    }

    private static LaunchException Failure(TreeException e) => e.Detail.Length > 0
        ? new LaunchException(string.Empty, $"tmpcopyup: {e.Message}")
        : new LaunchException(string.Empty, "tmpcopyup: " + e.Tried, e.Errno, e.Errno switch
        {
            Errno.ENOSPC => "the tmpfs is too small: give it a larger size=",
            Errno.ENOMEM => "the guest's memory is too small: give it a larger limit",
            Errno.EPERM or Errno.EINVAL or Errno.EOVERFLOW => "the file belongs to a user that is not mapped here, or is of a kind that this user may not make",
            _ => string.Empty,
        });
}
