using CctlImages.Registry;
using Runtime.Images;

namespace CctlImages.Network;

/// <summary>A blob as the child sends it. Reading throws <see cref="ImageException"/> when the connection is lost for good.</summary>
internal sealed class BlobStream(RequestChannel channel, Func<RegistryException, ImageException> describe) : Stream
{
    private int _frame;
    private bool _atEnd;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        try
        {
            while (_frame == 0 && !_atEnd && !buffer.IsEmpty)
            {
                _frame = channel.Next(out FrameKind kind);
                _atEnd = kind == FrameKind.End;
                if (kind is not (FrameKind.Data or FrameKind.End) || (_atEnd && _frame > 0))
                {
                    throw RequestChannel.Malformed();
                }
            }

            int read = _frame == 0 || buffer.IsEmpty ? 0 : channel.Read(buffer[..Math.Min(buffer.Length, _frame)]);
            _frame -= read;
            return read;
        }
        catch (RegistryException e)
        {
            throw describe(e);
        }
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        channel.Dispose();
        base.Dispose(disposing);
    }
}
