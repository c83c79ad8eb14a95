using System.Runtime.InteropServices;
using System.Text;
using static Runtime.Linux.Abi;

namespace Runtime.Linux.Netlink;

/// <summary>One message to the kernel, built in a buffer that never grows: what does not fit is refused (netlink(7)).</summary>
public sealed class NetlinkRequest
{
    private const int Capacity = 2048;
    private const int HeaderBytes = 16;
    private readonly byte[] _bytes = new byte[Capacity];
    private int _length = HeaderBytes;

    private NetlinkRequest(ushort type, ushort flags)
    {
        Type = type;
        Flags = (ushort)(flags | NLM_F_REQUEST);
    }

    /// <summary>RTM_*.</summary>
    public ushort Type { get; }

    /// <summary>NLM_F_*.</summary>
    public ushort Flags { get; }

    /// <summary>A message with its fixed part.</summary>
    public static NetlinkRequest Of<T>(ushort type, ushort flags, in T body)
        where T : unmanaged
    {
        var request = new NetlinkRequest(type, flags);
        request.Append(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in body)));
        return request;
    }

    /// <summary>Adds an attribute.</summary>
    /// <exception cref="ArgumentException">It does not fit.</exception>
    public NetlinkRequest With(ushort type, ReadOnlySpan<byte> value)
    {
        const int AttributeHeader = 4;
        Span<byte> header = stackalloc byte[AttributeHeader];
        ushort length = checked((ushort)(AttributeHeader + value.Length));
        MemoryMarshal.Write(header, in length);
        MemoryMarshal.Write(header[2..], in type);
        Append(header, pad: false);
        Append(value);
        return this;
    }

    /// <summary>Adds a number.</summary>
    public NetlinkRequest With(ushort type, int value) => With(type, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in value)));

    /// <summary>Adds a text, with its NUL.</summary>
    public NetlinkRequest With(ushort type, string value) => With(type, Encoding.UTF8.GetBytes(value + "\0"));

    /// <summary>The whole message, with its length and sequence number.</summary>
    internal ReadOnlySpan<byte> Finish(uint sequence)
    {
        var header = new nlmsghdr { nlmsg_len = (uint)_length, nlmsg_type = Type, nlmsg_flags = Flags, nlmsg_seq = sequence };
        MemoryMarshal.Write(_bytes, in header);
        return _bytes.AsSpan(0, _length);
    }

    private void Append(ReadOnlySpan<byte> bytes, bool pad = true)
    {
        int end = checked(_length + bytes.Length);
        int padded = pad ? checked(end + 3) & ~3 : end;
        if (padded > Capacity)
        {
            throw new ArgumentException($"a netlink message of {padded} bytes: at most {Capacity} are sent");
        }

        bytes.CopyTo(_bytes.AsSpan(_length));
        _length = padded;
    }
}
