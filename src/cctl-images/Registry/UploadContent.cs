using System.Buffers;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;

namespace CctlImages.Registry;

/// <summary>A part of an upload as the body of a request.</summary>
internal sealed class UploadContent : HttpContent
{
    private const int BufferSize = 64 << 10;

    private readonly IUploadSource _source;
    private readonly long _offset;
    private readonly long _length;
    private readonly IdleDeadline _deadline;

    /// <summary>The bytes from an offset on.</summary>
    public UploadContent(IUploadSource source, long offset, long length, IdleDeadline deadline)
    {
        (_source, _offset, _length, _deadline) = (source, offset, length, deadline);
        Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
    }

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            for (long done = 0; done < _length;)
            {
                int read = await _source.ReadAsync(_offset + done, buffer.AsMemory(0, (int)Math.Min(BufferSize, _length - done)), cancellationToken).ConfigureAwait(false);
                _deadline.Restart();
                await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                done += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = _length;
        return true;
    }
}
