using System.Text;
using OciSpec.Image;
using Runtime.Images.References;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Images.Store;

/// <summary>
/// Names of images: refs/HOST/REPOSITORY/:TAG, a file each, written by rename. A tag's file begins with a colon, which no part of a
/// repository does, so that <c>a:b</c> and <c>a/b:c</c> do not collide; one that was pulled by digest is <c>@DIGEST</c>.
/// </summary>
public sealed class ReferenceStore
{
    private const int LongestReference = 512;
    private const int Attempts = 16;

    private readonly ImageStore _store;

    internal ReferenceStore(ImageStore store) => _store = store;

    /// <summary>What a name stands for; null where the store does not have it.</summary>
    public StoredReference? Find(ImageReference name)
    {
        Errno errno = Sys.TryOpenAt(_store.Root.Number, $"refs/{name.Name}/{FileOf(name)}", O_RDONLY | O_NOFOLLOW, 0, out Fd? file);
        if (file is null)
        {
            return errno is Errno.ENOENT or Errno.ENOTDIR ? null : throw StoreDirectory.Failed("open", Shown(name), errno);
        }

        using (file)
        {
            return FileText.TryReadAll(file.Number, out byte[] bytes, LongestReference) == Errno.OK ? Parse(name, bytes) : null;
        }
    }

    /// <summary>Every name, in no order.</summary>
    public List<StoredReference> All()
    {
        var all = new List<StoredReference>();
        if (Sys.TryOpenAt(_store.Root.Number, "refs", O_RDONLY | O_DIRECTORY, 0, out Fd? opened) == Errno.OK)
        {
            using Fd refs = opened!;
            Collect(refs.Number, "", all);
        }

        return all;
    }

    /// <summary>Gives an image a name, which it takes from another image that has it; durable when it returns.</summary>
    public void Set(StoredReference reference)
    {
        string shown = Shown(reference.Name);
        string line = reference.Manifest == reference.Index ? $"{reference.Manifest}\n" : $"{reference.Manifest}\n{reference.Index}\n";
        using TemporaryDirectory made = _store.Temporary.Make(); // Where whoever comes next finds what a kill leaves.
        StoreDirectory.Write(made.Directory.Number, "reference", Encoding.ASCII.GetBytes(line), shown);
        for (int attempt = 0; ; attempt++)
        {
            using Fd directory = MakeDirectory(reference.Name.Name);
            Errno errno = Sys.TryRenameAt2(made.Directory.Number, "reference", directory.Number, FileOf(reference.Name), 0);
            if (errno == Errno.OK)
            {
                StoreDirectory.Sync(directory.Number, shown);
                return;
            }

            // Who takes the last name of a repository away removes its directory, too.
            if (errno != Errno.ENOENT || attempt == Attempts)
            {
                throw StoreDirectory.Failed("rename", shown, errno);
            }
        }
    }

    /// <summary>Takes a name away, and the directories that nothing else is in; false where it was not there.</summary>
    public bool Remove(ImageReference name)
    {
        Errno errno = Sys.TryUnlinkAt(_store.Root.Number, $"refs/{name.Name}/{FileOf(name)}", 0);
        if (errno == Errno.ENOENT)
        {
            return false;
        }

        if (errno != Errno.OK)
        {
            throw StoreDirectory.Failed("unlink", Shown(name), errno);
        }

        for (string path = name.Name; path.Length > 0; path = path.Contains('/') ? path[..path.LastIndexOf('/')] : "")
        {
            if (Sys.TryUnlinkAt(_store.Root.Number, $"refs/{path}", AT_REMOVEDIR) != Errno.OK)
            {
                break;
            }
        }

        return true;
    }

    private Fd MakeDirectory(string name)
    {
        // Somebody may remove an empty directory on the way meanwhile: then it is made again.
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                Fd directory = _store.Directory("refs");
                foreach (string part in name.Split('/'))
                {
                    using Fd parent = directory;
                    directory = StoreDirectory.Make(parent.Number, part, $"{_store.Path}/refs/{name}");
                }

                return directory;
            }
            catch (ImageException) when (attempt < Attempts)
            {
                continue;
            }
        }
    }

    private void Collect(int directory, string name, List<StoredReference> all)
    {
        foreach (string entry in StoreDirectory.Names(directory))
        {
            if (entry[0] is ':' or '@')
            {
                if (ParseName(name, entry) is { } reference && Find(reference) is { } found)
                {
                    all.Add(found);
                }
            }
            else if (entry[0] != '.' && Sys.TryOpenAt(directory, entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, out Fd? opened) == Errno.OK)
            {
                using Fd inner = opened!;
                Collect(inner.Number, name.Length == 0 ? entry : $"{name}/{entry}", all);
            }
        }
    }

    private static ImageReference? ParseName(string name, string entry)
    {
        try
        {
            return ImageReference.Parse(name + entry);
        }
        catch (ImageException)
        {
            return null; // No file of ours.
        }
    }

    private static StoredReference? Parse(ImageReference name, byte[] bytes)
    {
        string[] lines = Encoding.ASCII.GetString(bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return lines.Length is 1 or 2 && ContentDigest.Problem(lines[0]) is null && ContentDigest.Problem(lines[^1]) is null
            ? new StoredReference(name, ContentDigest.Parse(lines[0]), ContentDigest.Parse(lines[^1]))
            : null;
    }

    private static string FileOf(ImageReference name) => name.Digest is { } digest ? "@" + digest.Text : ":" + name.Tag;

    private string Shown(ImageReference name) => $"{_store.Path}/refs/{name.Name}/{FileOf(name)}";
}
