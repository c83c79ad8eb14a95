using System.Buffers.Binary;
using System.Text;

namespace CctlImages.Commands;

/// <summary>An archive, written in one go: tar(5), ustar.</summary>
internal sealed class ArchiveOutput(Stream output) : IImageOutput
{
    private const int Block = 512;
    private const long LargestOctal = 1L << 33;

    private readonly HashSet<string> _written = [];

    public void AddBlob(string path, long size, Action<Stream> write)
    {
        if (_written.Add(path))
        {
            WriteHeader(path, size);
            write(output);
            output.Write(new byte[-size & (Block - 1)]);
        }
    }

    public void AddDocument(string path, byte[] bytes) => AddBlob(path, bytes.Length, s => s.Write(bytes));

    public byte[]? Find(string path) => null;

    /// <summary>Writes the archive's end.</summary>
    internal void End() => output.Write(new byte[2 * Block]);

    private void WriteHeader(string path, long size)
    {
        byte[] header = new byte[Block];
        Encoding.ASCII.GetBytes(path, header);
        Octal(header, 100, 8, 0b110_100_100);
        Octal(header, 108, 8, 0);
        Octal(header, 116, 8, 0);
        Octal(header, 136, 12, 0);
        header[156] = (byte)'0';
        "ustar\u000000"u8.CopyTo(header.AsSpan(257));
        if (size < LargestOctal)
        {
            Octal(header, 124, 12, size);
        }
        else
        {
            header[124] = 0x80; // GNU's numbers of 95 bits: what a layer of 8 GiB takes.
            BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(128), size);
        }

        header.AsSpan(148, 8).Fill((byte)' ');
        Octal(header, 148, 7, header.Sum(b => (long)b));
        output.Write(header);
    }

    private static void Octal(byte[] header, int start, int length, long value) =>
        Encoding.ASCII.GetBytes(Convert.ToString(value, 8).PadLeft(length - 1, '0'), header.AsSpan(start));
}
