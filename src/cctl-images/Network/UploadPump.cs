using CctlImages.Registry;

namespace CctlImages.Network;

/// <summary>Gives the child the parts of an upload that it asks for.</summary>
internal sealed class UploadPump(Stream content, long length)
{
    private readonly long _start = content.CanSeek ? content.Position : 0;
    private readonly byte[] _buffer = new byte[Frame.LargestAnswer];
    private long _position;

    /// <summary>Runs until the upload is done.</summary>
    /// <exception cref="RegistryException">The registry did not take it.</exception>
    /// <exception cref="RegistryException">The content cannot be read.</exception>
    public void Run(RequestChannel channel)
    {
        while (true)
        {
            byte[] frame = channel.Payload(channel.Next(out FrameKind kind));
            if (kind == FrameKind.End)
            {
                return;
            }

            if (kind != FrameKind.Want)
            {
                throw RequestChannel.Malformed();
            }

            var wanted = new FrameReader(frame);
            long offset = wanted.Number();
            long count = wanted.Number();
            if (offset < 0 || offset >= length || count <= 0)
            {
                throw RequestChannel.Malformed();
            }

            channel.Send(FrameKind.Data, Read(offset, (int)Math.Min(Math.Min(count, length - offset), _buffer.Length)));
        }
    }

    private ReadOnlySpan<byte> Read(long offset, int count)
    {
        if (offset != _position)
        {
            if (!content.CanSeek)
            {
                throw new RegistryException(FailureKind.Other, "the upload was interrupted, and what is uploaded cannot be read again");
            }

            content.Position = _start + offset;
        }

        int read = content.ReadAtLeast(_buffer.AsSpan(0, count), count, throwOnEndOfStream: false);
        _position = offset + read;
        return read == count ? _buffer.AsSpan(0, read) : throw new RegistryException(FailureKind.Other, $"what is uploaded ends after {_position} bytes, and should have {length}");
    }
}
