using Runtime.Images.Layers;
using Runtime.Linux;

namespace Runtime.Images.Fetch;

/// <summary>A file of the store from its beginning, so many bytes of it; the file stays the caller's.</summary>
internal sealed class IngestStream : ForwardStream
{
    private readonly Fd _file;
    private long _left;

    internal IngestStream(Fd file, long length)
    {
        _file = file;
        _left = length;
        Errno errno = Sys.TryLseek(file.Number, 0, Abi.SEEK_SET, out _);
        if (errno != Errno.OK)
        {
            throw new ImageException($"lseek: {errno.Name()}");
        }
    }

    public override int Read(Span<byte> buffer)
    {
        int length = Sys.Read(_file.Number, buffer[..(int)Math.Min(buffer.Length, _left)]);
        _left -= length;
        return length;
    }
}
