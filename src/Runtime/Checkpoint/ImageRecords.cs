using System.Buffers.Binary;

namespace Runtime.Checkpoint;

/// <summary>
/// criu's images of records: two magic numbers (the inventory has one), and then messages, each after its length. Numbers
/// are those of criu's <c>criu/include/magic.h</c>.
/// </summary>
internal static class ImageRecords
{
    /// <summary>What all images but the inventory begin with.</summary>
    public const uint CommonMagic = 0x54564319;

    /// <summary>The messages of an image.</summary>
    /// <param name="image">Its name.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <param name="magic">The number that says what it is.</param>
    /// <exception cref="ImageException">It is not of that kind, or damaged.</exception>
    public static List<byte[]> Read(string image, ReadOnlySpan<byte> bytes, uint magic)
    {
        ReadOnlySpan<byte> rest = Open(image, bytes, magic);
        var records = new List<byte[]>();
        while (!rest.IsEmpty)
        {
            records.Add(Next(image, ref rest));
        }

        return records;
    }

    /// <summary>The first message of an image in which other bytes follow.</summary>
    /// <exception cref="ImageException">It is not of that kind, or damaged.</exception>
    public static byte[] ReadFirst(string image, ReadOnlySpan<byte> bytes, uint magic)
    {
        ReadOnlySpan<byte> rest = Open(image, bytes, magic);
        return Next(image, ref rest);
    }

    /// <summary>An image of these messages.</summary>
    public static byte[] Write(uint magic, IEnumerable<byte[]> records)
    {
        var bytes = new List<byte>();
        Append(bytes, CommonMagic);
        Append(bytes, magic);
        foreach (byte[] record in records)
        {
            Append(bytes, (uint)record.Length);
            bytes.AddRange(record);
        }

        return [.. bytes];
    }

    private static ReadOnlySpan<byte> Open(string image, ReadOnlySpan<byte> bytes, uint magic)
    {
        bool isInventory = magic == ImageKind.InventoryMagic;
        int header = isInventory ? 4 : 8;
        if (bytes.Length < header || (!isInventory && BinaryPrimitives.ReadUInt32LittleEndian(bytes) != CommonMagic)
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[(header - 4)..]) != magic)
        {
            throw new ImageException(image, "it is not what its name says");
        }

        return bytes[header..];
    }

    private static byte[] Next(string image, ref ReadOnlySpan<byte> rest)
    {
        if (rest.Length < 4 || BinaryPrimitives.ReadUInt32LittleEndian(rest) is uint length && length > rest.Length - 4)
        {
            throw new ImageException(image, "it is damaged");
        }

        byte[] record = rest.Slice(4, (int)BinaryPrimitives.ReadUInt32LittleEndian(rest)).ToArray();
        rest = rest[(4 + record.Length)..];
        return record;
    }

    private static void Append(List<byte> bytes, uint number)
    {
        Span<byte> text = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(text, number);
        bytes.AddRange(text);
    }
}
