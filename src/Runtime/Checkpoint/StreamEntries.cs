using System.Buffers.Binary;
using System.Globalization;
using static Runtime.Linux.Abi;

namespace Runtime.Checkpoint;

/// <summary>
/// Rewrites what the images say of standard streams that were files of the host. criu compares size and mode of what
/// takes a file's place with those of the file, and sets the position; another file, /dev/null or a pipe it refuses. What
/// is in the place is the caller's own, so the images are made to say that. criu's files.img is a list of messages, each
/// after its length (criu's images/fdinfo.proto and regfile.proto), behind two magic numbers.
/// </summary>
internal static class StreamEntries
{
    private const uint CommonMagic = 0x54564319;
    private const uint FilesMagic = 0x56303138;
    private const int Header = 8;
    /// <summary>In the place of a stream: none of the caller's, a null device.</summary>
    public const int Nothing = 3;

    private static readonly int[] s_readersFirst = [0, 1, 2];
    private static readonly int[] s_writersFirst = [1, 2, 0];

    /// <summary>Says of each entry that is a standard stream what its caller's stream is.</summary>
    /// <param name="image">The file's bytes, which may be anybody's.</param>
    /// <param name="keys">The streams that were files, by number, with the names of their entries.</param>
    /// <param name="ids">The entry of each standard stream by its number; null where that is not known.</param>
    /// <param name="caller">What a stream is now.</param>
    /// <param name="inherited">The new names of the entries, and the streams that take their place.</param>
    /// <returns>The new bytes; null where the file is not such a list.</returns>
    public static byte[]? Rewrite(ReadOnlySpan<byte> image, List<(string Key, int Stream)> keys, uint?[] ids, Func<int, CallerStream> caller, List<(string Key, int Stream)> inherited)
    {
        if (image.Length < Header || BinaryPrimitives.ReadUInt32LittleEndian(image) != CommonMagic
            || BinaryPrimitives.ReadUInt32LittleEndian(image[4..]) != FilesMagic)
        {
            return null;
        }

        Dictionary<string, int> entries = Count(image);
        var written = new List<byte>(image.Length + 64);
        written.AddRange(image[..Header]);
        ReadOnlySpan<byte> rest = image[Header..];
        while (TryNext(ref rest, out ReadOnlySpan<byte> entry))
        {
            byte[]? changed = Read(entry) is { } file && Stream(file, keys, ids, inherited, entries) is int stream
                ? Entry(entry, NewName(stream), caller(stream))
                : null;
            Append(written, changed ?? entry);
        }

        return rest.IsEmpty ? [.. written] : null;
    }

    /// <summary>An entry's new name; a mount of that number there is not.</summary>
    private static string NewName(int stream) => string.Create(CultureInfo.InvariantCulture, $"file[ffffffff:{stream}]");

    /// <summary>
    /// The stream that an entry is. Several may be one file, /dev/null for one: the descriptors say which is which. Where they
    /// do not, and each was opened by itself, they stand in their order, otherwise what is read is the input and what is
    /// written the output. A null device that is no stream was opened by the guest, and stays one.
    /// </summary>
    private static int? Stream(FileEntry file, List<(string Key, int Stream)> keys, uint?[] ids, List<(string Key, int Stream)> inherited, Dictionary<string, int> entries)
    {
        List<(string Key, int Stream)> same = keys.FindAll(k => k.Key == file.Name);
        if (same.Count == 0)
        {
            return null;
        }

        List<(string Key, int Stream)> known = same.FindAll(k => ids[k.Stream] is not null);
        if (known.Count > 0)
        {
            List<(string Key, int Stream)> these = known.FindAll(k => ids[k.Stream] == file.Id);
            if (these.Count == 0 && (file.Mode & S_IFMT) == S_IFCHR)
            {
                inherited.Remove((NewName(Nothing), Nothing));
                inherited.Add((NewName(Nothing), Nothing));
                return Nothing;
            }

            same = these.Count > 0 ? these : same;
        }

        int[] order = file.Access == O_RDONLY || entries[file.Name] == same.Count ? s_readersFirst : s_writersFirst;
        foreach (int stream in order)
        {
            if (same.Contains((file.Name, stream)) && !inherited.Contains((NewName(stream), stream)))
            {
                inherited.Add((NewName(stream), stream));
                return stream;
            }
        }

        return same[0].Stream;
    }

    private static Dictionary<string, int> Count(ReadOnlySpan<byte> image)
    {
        var entries = new Dictionary<string, int>();
        ReadOnlySpan<byte> rest = image[Header..];
        while (TryNext(ref rest, out ReadOnlySpan<byte> entry))
        {
            if (Read(entry) is { } file)
            {
                entries[file.Name] = entries.GetValueOrDefault(file.Name) + 1;
            }
        }

        return entries;
    }

    /// <summary>A plain file's entry; null for any other.</summary>
    private static FileEntry? Read(ReadOnlySpan<byte> entry)
    {
        uint id = 0;
        int access = 0, mode = 0;
        string? name = null;
        var outer = new ProtobufReader(entry);
        while (outer.MoveNext())
        {
            id = outer.Field == 2 ? (uint)outer.Number : id;
            if (outer.Field == 3)
            {
                var file = new ProtobufReader(outer.Message);
                while (file.MoveNext())
                {
                    name = file.Field == 6 ? file.Text : name;
                    access = file.Field == 2 ? (int)file.Number & O_ACCMODE : access;
                    mode = file.Field == 10 ? (int)file.Number : mode;
                }
            }
        }

        return name is null ? null : new FileEntry(id, name, access, mode);
    }

    private static byte[] Entry(ReadOnlySpan<byte> entry, string name, CallerStream caller)
    {
        var written = new ProtobufWriter();
        var fields = new ProtobufReader(entry);
        while (fields.MoveNext())
        {
            if (fields.Field == 3)
            {
                written.Bytes(3, File(fields.Message, name, caller));
            }
            else
            {
                written.Copy(fields.Raw);
            }
        }

        return written.ToArray();
    }

    private static byte[] File(ReadOnlySpan<byte> entry, string name, CallerStream caller)
    {
        var written = new ProtobufWriter();
        var fields = new ProtobufReader(entry);
        long flags = 0, position = 0;
        while (fields.MoveNext())
        {
            switch (fields.Field)
            {
                case 2:
                    flags = fields.Number;
                    break;
                case 3:
                    position = fields.Number;
                    break;
                case 6 or 8 or 10: // name, size, mode
                    break;
                default:
                    written.Copy(fields.Raw);
                    break;
            }
        }

        // SECURITY: no more access than the caller's own descriptor has, and no terminal of the caller's to be taken.
        int access = (name == NewName(Nothing) ? (int)flags : caller.Flags) & (O_ACCMODE | O_APPEND);
        written.Number(2, (flags & O_NONBLOCK) | (long)(access | O_NOCTTY));
        // What reads a file goes on where it was; what writes goes on where the caller's file stands.
        bool keep = caller.IsFile && (access & O_ACCMODE) == O_RDONLY;
        written.Number(3, keep ? position : caller.Position < 0 ? -1 : caller.Position);
        written.Text(6, name);
        written.Number(10, caller.Mode);
        return written.ToArray();
    }

    /// <summary>What an entry says of its file.</summary>
    private sealed record FileEntry(uint Id, string Name, int Access, int Mode);

    private static bool TryNext(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> entry)
    {
        entry = default;
        if (rest.Length < 4 || BinaryPrimitives.ReadUInt32LittleEndian(rest) is uint length && length > rest.Length - 4)
        {
            return false;
        }

        entry = rest.Slice(4, (int)BinaryPrimitives.ReadUInt32LittleEndian(rest));
        rest = rest[(4 + entry.Length)..];
        return true;
    }

    private static void Append(List<byte> written, ReadOnlySpan<byte> entry)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)entry.Length);
        written.AddRange(length);
        written.AddRange(entry);
    }
}
