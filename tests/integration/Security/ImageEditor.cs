using System.Buffers.Binary;

namespace Integration.Tests.Security;

/// <summary>
/// An image of criu's, taken apart and written again: messages in Protocol Buffers' wire format, each after its length,
/// behind one magic number (the inventory) or two.
/// </summary>
internal sealed class ImageEditor
{
    private const uint CommonMagic = 0x54564319;
    private readonly string _path;
    private readonly byte[] _header;

    private ImageEditor(string path)
    {
        _path = path;
        byte[] bytes = File.ReadAllBytes(path);
        int at = BinaryPrimitives.ReadUInt32LittleEndian(bytes) == CommonMagic ? 8 : 4;
        _header = bytes[..at];
        while (at < bytes.Length)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at));
            Records.Add(ImageNode.Parse(bytes[(at + 4)..(at + 4 + length)]));
            at += 4 + length;
        }
    }

    /// <summary>Its messages.</summary>
    public List<ImageNode> Records { get; } = [];

    /// <summary>Changes the first image of this name in a folder; a star stands for its number.</summary>
    public static void Change(string folder, string name, Action<ImageEditor> change)
    {
        var image = new ImageEditor(Directory.GetFiles(folder, name).Order(StringComparer.Ordinal).First());
        change(image);
        var bytes = new List<byte>(image._header);
        foreach (ImageNode record in image.Records)
        {
            byte[] message = record.ToArray();
            byte[] length = new byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(length, message.Length);
            bytes.AddRange([.. length, .. message]);
        }

        File.WriteAllBytes(image._path, [.. bytes]);
    }
}

/// <summary>A message: its fields in their order.</summary>
internal sealed class ImageNode
{
    private readonly List<(int Field, ulong Number, byte[]? Bytes)> _fields = [];

    /// <summary>Reads a message without fields of a fixed size.</summary>
    public static ImageNode Parse(byte[] bytes)
    {
        var node = new ImageNode();
        for (int at = 0; at < bytes.Length;)
        {
            ulong tag = Varint(bytes, ref at);
            ulong number = Varint(bytes, ref at);
            bool isBytes = (tag & 7) == 2;
            node._fields.Add(((int)(tag >> 3), number, isBytes ? bytes[at..(at + (int)number)] : null));
            at += isBytes ? (int)number : 0;
        }

        return node;
    }

    /// <summary>The first text of this field.</summary>
    public string Text(int field) => System.Text.Encoding.UTF8.GetString(_fields.First(f => f.Field == field).Bytes!);

    /// <summary>The first number of this field.</summary>
    public ulong Number(int field) => _fields.First(f => f.Field == field).Number;

    /// <summary>Sets a number, all of them where there are several.</summary>
    public ImageNode Set(int field, long number)
    {
        _fields.RemoveAll(f => f.Field == field);
        _fields.Add((field, (ulong)number, null));
        return this;
    }

    /// <summary>Adds a number to others of its field.</summary>
    public ImageNode Add(int field, long number)
    {
        _fields.Add((field, (ulong)number, null));
        return this;
    }

    /// <summary>Sets a text.</summary>
    public ImageNode Set(int field, string text)
    {
        _fields.RemoveAll(f => f.Field == field);
        return Add(field, System.Text.Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Adds bytes, or a message.</summary>
    public ImageNode Add(int field, byte[] bytes)
    {
        _fields.Add((field, 0, bytes));
        return this;
    }

    /// <summary>Changes the message in a field, which is made where it is missing.</summary>
    /// <param name="field">The field.</param>
    /// <param name="change">What is done to it.</param>
    /// <param name="index">Which one of several.</param>
    public ImageNode In(int field, Action<ImageNode> change, int index = 0)
    {
        int at = _fields.FindIndex(f => f.Field == field);
        for (; index > 0; index--)
        {
            at = _fields.FindIndex(at + 1, f => f.Field == field);
        }

        ImageNode node = at < 0 ? new ImageNode() : Parse(_fields[at].Bytes!);
        change(node);
        if (at < 0)
        {
            return Add(field, node.ToArray());
        }

        _fields[at] = (field, 0, node.ToArray());
        return this;
    }

    /// <summary>Changes every message in a field.</summary>
    public ImageNode Each(int field, Action<ImageNode> change)
    {
        int count = _fields.Count(f => f.Field == field);
        for (int i = 0; i < count; i++)
        {
            In(field, change, i);
        }

        return this;
    }

    /// <summary>The message.</summary>
    public byte[] ToArray()
    {
        var bytes = new List<byte>();
        foreach ((int field, ulong number, byte[]? content) in _fields)
        {
            Varint(bytes, ((ulong)field << 3) | (content is null ? 0u : 2u));
            Varint(bytes, content is null ? number : (ulong)content.Length);
            bytes.AddRange(content ?? []);
        }

        return [.. bytes];
    }

    private static ulong Varint(byte[] bytes, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = bytes[at++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }

    private static void Varint(List<byte> bytes, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        bytes.Add((byte)value);
    }
}
