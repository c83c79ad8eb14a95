using Runtime.Linux;

namespace Runtime.Images.Store;

/// <summary>Writes a file of the store, with the store's errors.</summary>
/// <param name="file">The file, which goes with the stream.</param>
/// <param name="shown">How messages call it.</param>
internal sealed class StoreFileStream(Fd file, string shown) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        Errno errno = Sys.TryWrite(file.Number, buffer);
        if (errno != Errno.OK)
        {
            throw StoreDirectory.Failed("write", shown, errno);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        file.Dispose();
        base.Dispose(disposing);
    }
}
