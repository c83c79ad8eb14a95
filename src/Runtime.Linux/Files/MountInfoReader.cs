using System.Buffers.Text;

namespace Runtime.Linux.Files;

/// <summary>
/// Walks the lines of /proc/PID/mountinfo without allocating, proc_pid_mountinfo(5):
/// <c>id parent major:minor root mountpoint options [optional…] - fstype source superoptions</c>.
/// </summary>
public ref struct MountInfoReader
{
    private ReadOnlySpan<byte> _rest;

    /// <summary>Reads from the whole text of the file.</summary>
    public MountInfoReader(ReadOnlySpan<byte> mountinfo) => _rest = mountinfo;

    /// <summary>The mount's number.</summary>
    public int Id { get; private set; }

    /// <summary>The number of the mount that it is attached to.</summary>
    public int Parent { get; private set; }

    /// <summary>Device of the file system, <c>major:minor</c>.</summary>
    public ReadOnlySpan<byte> Device { get; private set; }

    /// <summary>The mount's root within its file system, escaped.</summary>
    public ReadOnlySpan<byte> Root { get; private set; }

    /// <summary>Where it is mounted, escaped.</summary>
    public ReadOnlySpan<byte> MountPoint { get; private set; }

    /// <summary>Options of the mount itself.</summary>
    public ReadOnlySpan<byte> Options { get; private set; }

    /// <summary>Type of the file system.</summary>
    public ReadOnlySpan<byte> FsType { get; private set; }

    /// <summary>What the file system is made from, escaped.</summary>
    public ReadOnlySpan<byte> Source { get; private set; }

    /// <summary>Options of the superblock; for cgroup v1 they name the controllers.</summary>
    public ReadOnlySpan<byte> SuperOptions { get; private set; }

    /// <summary>Goes to the next well-formed line; false at the end.</summary>
    public bool MoveNext()
    {
        while (!_rest.IsEmpty)
        {
            int end = _rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? _rest : _rest[..end];
            _rest = end < 0 ? default : _rest[(end + 1)..];
            int dash = line.IndexOf(" - "u8);
            if (dash < 0)
            {
                continue;
            }

            ReadOnlySpan<byte> left = line[..dash];
            ReadOnlySpan<byte> right = line[(dash + 3)..];
            Id = Number(Word(ref left));
            Parent = Number(Word(ref left));
            Device = Word(ref left);
            Root = Word(ref left);
            MountPoint = Word(ref left);
            Options = Word(ref left);
            FsType = Word(ref right);
            Source = Word(ref right);
            SuperOptions = Word(ref right);
            return true;
        }

        return false;
    }

    /// <summary>A field's text: space, tab, newline and backslash stand in it as three octal digits.</summary>
    public static string Unescape(ReadOnlySpan<byte> field)
    {
        if (!field.Contains((byte)'\\'))
        {
            return FileName.Of(field);
        }

        byte[] text = new byte[field.Length];
        int length = 0;
        for (int i = 0; i < field.Length; i++)
        {
            if (field[i] == '\\' && i + 3 < field.Length && IsOctal(field[i + 1]) && IsOctal(field[i + 2]) && IsOctal(field[i + 3]))
            {
                text[length++] = (byte)(((field[i + 1] - '0') << 6) | ((field[i + 2] - '0') << 3) | (field[i + 3] - '0'));
                i += 3;
            }
            else
            {
                text[length++] = field[i];
            }
        }

        return FileName.Of(text.AsSpan(0, length));
    }

    private static int Number(ReadOnlySpan<byte> field) => Utf8Parser.TryParse(field, out int number, out int length) && length == field.Length ? number : 0;

    private static bool IsOctal(byte c) => c is >= (byte)'0' and <= (byte)'7';

    private static ReadOnlySpan<byte> Word(scoped ref ReadOnlySpan<byte> text)
    {
        int space = text.IndexOf((byte)' ');
        ReadOnlySpan<byte> word = space < 0 ? text : text[..space];
        text = space < 0 ? default : text[(space + 1)..];
        return word;
    }
}
