using System.Buffers.Binary;
using System.Net.Sockets;

namespace CctlImages.Network;

/// <summary>The child's end of a request's socket.</summary>
internal sealed class FrameChannel(NetworkStream socket) : IDisposable
{
    private readonly byte[] _header = new byte[Frame.HeaderSize];
    private readonly CancellationTokenSource _closed = new();

    /// <summary>Cancelled when the parent has closed its end, once it is watched.</summary>
    public CancellationToken Closed => _closed.Token;

    /// <summary>Watches for the parent to close its end. It may send nothing more.</summary>
    public async Task WatchAsync()
    {
        try
        {
            await socket.ReadAsync(new byte[1]).ConfigureAwait(false);
            await _closed.CancelAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // It is closed here.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _closed.Dispose();

    /// <summary>Receives a frame.</summary>
    /// <exception cref="InvalidDataException">It is too long.</exception>
    /// <exception cref="IOException">The parent has closed its end.</exception>
    public async Task<(FrameKind Kind, byte[] Payload)> ReceiveAsync(int largest)
    {
        await socket.ReadExactlyAsync(_header).ConfigureAwait(false);
        if (!Frame.TryReadHeader(_header, largest, out FrameKind kind, out int length))
        {
            throw new InvalidDataException("a frame is too long");
        }

        byte[] payload = new byte[length];
        await socket.ReadExactlyAsync(payload).ConfigureAwait(false);
        return (kind, payload);
    }

    /// <summary>Asks for bytes of the upload, and receives them.</summary>
    /// <returns>How many; 0 where the parent has none.</returns>
    public async Task<int> WantAsync(long offset, Memory<byte> buffer)
    {
        await SendAsync(FrameKind.Want, new FrameWriter().Number(offset).Number(buffer.Length)).ConfigureAwait(false);
        await socket.ReadExactlyAsync(_header).ConfigureAwait(false);
        if (!Frame.TryReadHeader(_header, buffer.Length, out FrameKind kind, out int length) || kind != FrameKind.Data)
        {
            return 0;
        }

        await socket.ReadExactlyAsync(buffer[..length]).ConfigureAwait(false);
        return length;
    }

    /// <summary>Sends a frame.</summary>
    public Task SendAsync(FrameKind kind, FrameWriter payload) => SendAsync(kind, payload.Written.ToArray());

    /// <summary>Sends a frame.</summary>
    public async Task SendAsync(FrameKind kind, ReadOnlyMemory<byte> payload)
    {
        byte[] frame = new byte[Frame.HeaderSize + payload.Length];
        payload.CopyTo(frame.AsMemory(Frame.HeaderSize));
        await SendInPlaceAsync(kind, frame).ConfigureAwait(false);
    }

    /// <summary>Sends a frame whose payload stands behind room for its header.</summary>
    public async Task SendInPlaceAsync(FrameKind kind, Memory<byte> frame)
    {
        Frame.WriteHeader(frame.Span, kind, frame.Length - Frame.HeaderSize);
        await socket.WriteAsync(frame).ConfigureAwait(false);
    }

    /// <summary>Sends bytes in as many frames as they take.</summary>
    public async Task SendDataAsync(ReadOnlyMemory<byte> bytes)
    {
        for (; bytes.Length > 0; bytes = bytes[Math.Min(bytes.Length, Frame.LargestAnswer)..])
        {
            await SendAsync(FrameKind.Data, bytes[..Math.Min(bytes.Length, Frame.LargestAnswer)]).ConfigureAwait(false);
        }
    }
}
