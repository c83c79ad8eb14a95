using Runtime.Linux;
using Runtime.Linux.Files;
using static Runtime.Linux.Abi;

namespace Runtime.Images.Store;

/// <summary>A directory of the store's tmp/ and its lock. It goes with its owner, unless it was given a name of its own.</summary>
internal sealed class TemporaryDirectory(Fd parent, string name, Fd directory, string shown) : IDisposable
{
    private bool _named;

    internal Fd Directory => directory;

    internal string Shown => shown;

    /// <summary>Gives it its name, as one step; false where there is such a thing already, which stays.</summary>
    internal bool TryName(int newParent, string newName, string newShown)
    {
        Errno errno = Sys.TryRenameAt2(parent.Number, name, newParent, newName, RENAME_NOREPLACE);
        if (errno == Errno.EEXIST)
        {
            return false;
        }

        if (errno != Errno.OK)
        {
            throw StoreDirectory.Failed("rename", newShown, errno);
        }

        _named = true;
        return true;
    }

    /// <summary>Gives it a name that another has, as one step; the other is garbage then, which goes when nobody holds it.</summary>
    internal void Replace(int newParent, string newName, string newShown)
    {
        Errno errno = Sys.TryRenameAt2(parent.Number, name, newParent, newName, RENAME_EXCHANGE);
        if (errno == Errno.ENOENT && TryName(newParent, newName, newShown))
        {
            return; // The other was removed meanwhile.
        }

        if (errno != Errno.OK)
        {
            throw StoreDirectory.Failed("rename", newShown, errno);
        }

        _named = true;
        TemporaryDirectories.RemoveIdle(parent.Number, name);
    }

    public void Dispose()
    {
        if (!_named)
        {
            Root.TryRemove(parent.Number, name);
        }

        directory.Dispose();
        parent.Dispose();
    }
}
