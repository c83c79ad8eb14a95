using System.Text;
using OciSpec.Image;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Images.Store;

/// <summary>
/// What a layer has of the layers below it: copies for hard links into them. The layer's diffID says which links there are, but not
/// what they lead to: that depends on what lies below. So such a layer is shared only by images that have the same below it, and its
/// copies have digests of their own. Kept in the layer's directory as the file <c>copies</c>.
/// </summary>
/// <param name="Below">The layers below, from the lowest.</param>
/// <param name="Copies">The copies and their digests.</param>
internal sealed record LowerCopies(IReadOnlyList<ContentDigest> Below, IReadOnlyList<(string Path, ContentDigest Content)> Copies)
{
    private const string Name = "copies";
    private const ulong Inside = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;

    /// <summary>Reads a layer's; null where it has none.</summary>
    /// <exception cref="ImageException">The file is damaged.</exception>
    internal static LowerCopies? Read(Fd layer)
    {
        Errno errno = FileText.TryRead(layer.Number, Name, out byte[] bytes);
        if (errno != Errno.OK)
        {
            return errno == Errno.ENOENT ? null : throw StoreDirectory.Failed("read", "the layer's " + Name, errno);
        }

        var below = new List<ContentDigest>();
        var copies = new List<(string, ContentDigest)>();
        try
        {
            foreach (string line in Encoding.ASCII.GetString(bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                string[] words = line.Split(' ');
                var digest = ContentDigest.Parse(words[0]);
                if (words.Length == 1)
                {
                    below.Add(digest);
                }
                else
                {
                    copies.Add((FileName.Of(Convert.FromHexString(words[1])), digest));
                }
            }
        }
        catch (FormatException e)
        {
            throw new ImageException($"the layer's {Name} is damaged", e);
        }

        return new LowerCopies(below, copies);
    }

    /// <summary>Writes it into a layer's directory.</summary>
    internal void Write(TemporaryDirectory layer)
    {
        var text = new StringBuilder();
        foreach (ContentDigest digest in Below)
        {
            text.Append(digest.Text).Append('\n');
        }

        foreach ((string path, ContentDigest content) in Copies)
        {
            byte[] name = new byte[Encoding.UTF8.GetMaxByteCount(path.Length)];
            text.Append(content.Text).Append(' ').Append(Convert.ToHexString(name, 0, FileName.GetBytes(path, name))).Append('\n');
        }

        StoreDirectory.Write(layer.Directory.Number, Name, Encoding.ASCII.GetBytes(text.ToString()), $"{layer.Shown}/{Name}");
    }

    /// <summary>What is wrong with the copies; null where they are what they were.</summary>
    internal string? Problem(Fd files)
    {
        foreach ((string path, ContentDigest content) in Copies)
        {
            Errno errno = Sys.TryOpenAt2(files.Number, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0, Inside, out Fd? opened);
            if (opened is null)
            {
                return $"\"{Tar.TarException.Printable(path)}\": {errno.Name()}";
            }

            using Fd file = opened;
            if (DigestOf(file, content.Algorithm) != content)
            {
                return $"\"{Tar.TarException.Printable(path)}\" has another digest";
            }
        }

        return null;
    }

    /// <summary>The digest of a file from its beginning.</summary>
    internal static ContentDigest DigestOf(Fd file, string algorithm)
    {
        using var hash = Digests.Start(algorithm);
        byte[] buffer = new byte[64 << 10];
        Sys.TryLseek(file.Number, 0, SEEK_SET, out _);
        int read;
        while ((read = Sys.Read(file.Number, buffer)) > 0)
        {
            hash.AppendData(buffer, 0, read);
        }

        return ContentDigest.Of(hash.GetHashAndReset());
    }
}
