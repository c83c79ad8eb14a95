using System.Text;

namespace Runtime.Checkpoint;

/// <summary>
/// A message of an image, read as criu's own reader does: of a number or text that is there several times the last counts,
/// of a message all parts together. What that reader could see otherwise than this one is refused.
/// </summary>
internal sealed class ImageMessage
{
    private readonly string _image;
    private readonly List<(int Field, bool IsNumber, long Number, byte[] Bytes)> _fields = [];

    /// <summary>Reads a message.</summary>
    /// <param name="image">Name of the image, for messages.</param>
    /// <param name="bytes">The message.</param>
    /// <exception cref="ImageException">It is damaged.</exception>
    public ImageMessage(string image, ReadOnlySpan<byte> bytes)
    {
        _image = image;
        var reader = new ProtobufReader(bytes);
        while (reader.MoveNext())
        {
            _fields.Add((reader.Field, reader.IsNumber, reader.Number, reader.Message.ToArray()));
        }

        if (reader.IsDamaged)
        {
            throw new ImageException(image, "it is damaged");
        }
    }

    /// <summary>The last number of this field; null where it is missing.</summary>
    public uint? Number(int field)
    {
        uint? last = null;
        foreach ((int number, bool isNumber, long value, byte[] _) in _fields)
        {
            if (number == field)
            {
                last = isNumber ? (uint)value : throw new ImageException(_image, $"field {field} is no number");
            }
        }

        return last;
    }

    /// <summary>All numbers of this field, one by one or packed.</summary>
    public List<uint> Numbers(int field)
    {
        var all = new List<uint>();
        foreach ((int number, bool isNumber, long value, byte[] bytes) in _fields)
        {
            if (number == field && isNumber)
            {
                all.Add((uint)value);
            }
            else if (number == field)
            {
                AddPacked(all, bytes);
            }
        }

        return all;
    }

    /// <summary>The last text of this field; null where it is missing.</summary>
    /// <exception cref="ImageException">It has a NUL, where another reader would see its end.</exception>
    public string? Text(int field) => Bytes(field) is byte[] bytes ? Text(bytes) : null;

    /// <summary>All texts of this field.</summary>
    public List<string> Texts(int field) => All(field).ConvertAll(Text);

    /// <summary>The last bytes of this field; null where it is missing.</summary>
    public byte[]? Bytes(int field) => All(field) is { Count: > 0 } all ? all[^1] : null;

    /// <summary>The message in this field, its parts joined; null where it is missing.</summary>
    public ImageMessage? Message(int field) =>
        All(field) is { Count: > 0 } all ? new ImageMessage(_image, all.SelectMany(static b => b).ToArray()) : null;

    /// <summary>All messages of a field that may be there several times.</summary>
    public List<ImageMessage> Messages(int field) => All(field).ConvertAll(b => new ImageMessage(_image, b));

    private List<byte[]> All(int field)
    {
        var all = new List<byte[]>();
        foreach ((int number, bool isNumber, long _, byte[] bytes) in _fields)
        {
            if (number == field)
            {
                all.Add(!isNumber ? bytes : throw new ImageException(_image, $"field {field} is a number"));
            }
        }

        return all;
    }

    private void AddPacked(List<uint> all, byte[] bytes)
    {
        ulong value = 0;
        int shift = 0;
        foreach (byte next in bytes)
        {
            value |= (ulong)(next & 0x7f) << shift;
            shift += 7;
            if (next < 0x80)
            {
                all.Add((uint)value);
                (value, shift) = (0, 0);
            }
            else if (shift >= 64)
            {
                throw new ImageException(_image, "it is damaged");
            }
        }

        if (shift != 0)
        {
            throw new ImageException(_image, "it is damaged");
        }
    }

    private string Text(byte[] bytes) =>
        Array.IndexOf(bytes, (byte)0) < 0 ? Encoding.UTF8.GetString(bytes) : throw new ImageException(_image, "a text has a NUL in it");
}
