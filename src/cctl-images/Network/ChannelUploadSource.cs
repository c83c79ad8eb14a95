using CctlImages.Registry;

namespace CctlImages.Network;

/// <summary>An upload's bytes, which the parent has.</summary>
internal sealed class ChannelUploadSource(FrameChannel channel, long length) : IUploadSource
{
    /// <inheritdoc/>
    public long Length => length;

    /// <inheritdoc/>
    public async ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellation)
    {
        int read;
        try
        {
            read = await channel.WantAsync(offset, buffer).ConfigureAwait(false);
        }
        catch (IOException)
        {
            read = 0;
        }

        return read > 0 ? read : throw new UploadSourceException("the bytes to upload cannot be had");
    }
}
