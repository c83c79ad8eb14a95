using System.Text;
using CctlImages.Registry;
using Runtime.Linux;

namespace CctlImages.Network;

/// <summary>The parent's end of a request's socket. What comes from the child is a stranger's: lengths are bounded, texts escaped.</summary>
internal sealed class RequestChannel(Fd socket, Func<RegistryException> childEnded) : IDisposable
{
    private readonly byte[] _header = new byte[Frame.HeaderSize];

    /// <summary>Sends a frame.</summary>
    /// <exception cref="RegistryException">The child has ended.</exception>
    public void Send(FrameKind kind, ReadOnlySpan<byte> payload)
    {
        Span<byte> header = stackalloc byte[Frame.HeaderSize];
        Frame.WriteHeader(header, kind, payload.Length);
        if (Sys.TrySendAll(socket.Number, header) != Errno.OK || Sys.TrySendAll(socket.Number, payload) != Errno.OK)
        {
            throw childEnded();
        }
    }

    /// <summary>Waits for the next frame, whose payload is to be read then. A failure is thrown.</summary>
    /// <returns>The payload's length.</returns>
    /// <exception cref="RegistryException">It is a failure, malformed, or the child has ended.</exception>
    public int Next(out FrameKind kind)
    {
        ReadExactly(_header);
        if (!Frame.TryReadHeader(_header, Frame.LargestAnswer, out kind, out int length))
        {
            throw Malformed();
        }

        if (kind != FrameKind.Failure)
        {
            return length;
        }

        byte[] failure = Payload(length);
        throw failure.Length == 0 ? Malformed() : new RegistryException((FailureKind)failure[0], RegistryText.Safe(Encoding.UTF8.GetString(failure.AsSpan(1)), 2000));
    }

    /// <summary>Waits for a frame of a kind.</summary>
    /// <exception cref="RegistryException">It is another, or the child has ended.</exception>
    public byte[] Expect(FrameKind wanted)
    {
        int length = Next(out FrameKind kind);
        return kind == wanted ? Payload(length) : throw Malformed();
    }

    /// <summary>Reads the rest of a frame.</summary>
    public byte[] Payload(int length)
    {
        byte[] payload = new byte[length];
        ReadExactly(payload);
        return payload;
    }

    /// <summary>Reads some of what comes.</summary>
    /// <exception cref="RegistryException">The child has ended.</exception>
    public int Read(Span<byte> buffer) =>
        Sys.TryReceive(socket.Number, buffer, out int read) == Errno.OK && read > 0 ? read : throw childEnded();

    /// <summary>What is said of a child that does not keep to the protocol.</summary>
    public static RegistryException Malformed() => new(FailureKind.Other, "the network process answered what it cannot have been asked for");

    /// <inheritdoc/>
    public void Dispose() => socket.Dispose();

    private void ReadExactly(Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            buffer = buffer[Read(buffer)..];
        }
    }
}
