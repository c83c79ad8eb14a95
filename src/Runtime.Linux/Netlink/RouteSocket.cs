using System.Runtime.InteropServices;
using static Runtime.Linux.Abi;

namespace Runtime.Linux.Netlink;

/// <summary>A socket of rtnetlink(7) in the network namespace of the thread that makes it. One request at a time.</summary>
public sealed class RouteSocket : IDisposable
{
    private readonly Fd _socket = Sys.Socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    private readonly byte[] _buffer = new byte[128 << 10];
    private uint _sequence;

    /// <summary>Takes each message of an answer: its type and what follows the header.</summary>
    public delegate void Take(ushort type, ReadOnlySpan<byte> body);

    /// <summary>Sends a request and waits for all of its answer: the kernel's verdict.</summary>
    /// <param name="request">The request; NLM_F_ACK is added unless it is a dump.</param>
    /// <param name="take">Takes the messages of the answer; null drops them.</param>
    public Errno Request(NetlinkRequest request, Take? take = null)
    {
        Errno errno = Sys.TrySend(_socket.Number, request.Finish(++_sequence));
        bool finished = false;
        while (errno == Errno.OK && !finished)
        {
            errno = Sys.TryReceive(_socket.Number, _buffer, out int length);
            if (errno == Errno.OK)
            {
                errno = length == 0 ? Errno.EIO : Read(_buffer.AsSpan(0, length), take, out finished);
            }
        }

        return errno;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private Errno Read(ReadOnlySpan<byte> datagram, Take? take, out bool finished)
    {
        finished = false;
        var reader = new NetlinkReader(datagram);
        while (!finished && reader.MoveNext())
        {
            if (reader.Header.nlmsg_seq != _sequence)
            {
                continue; // an answer to nothing that was asked here
            }

            switch (reader.Header.nlmsg_type)
            {
                case NLMSG_ERROR:
                    finished = true;
                    // The negated errno, 0 for success.
                    return MemoryMarshal.TryRead(reader.Body, out int error) && error <= 0 && error > -4096 ? (Errno)(-error) : Errno.EPROTO;
                case NLMSG_DONE:
                    finished = true;
                    break;
                default:
                    take?.Invoke(reader.Header.nlmsg_type, reader.Body);
                    break;
            }
        }

        return reader.IsDamaged ? Errno.EPROTO : Errno.OK;
    }
}
