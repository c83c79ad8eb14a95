using System.Runtime.InteropServices;
using static Runtime.Linux.Abi;

namespace Runtime.Linux.Netlink;

/// <summary>
/// Walks the messages of a datagram (netlink(7)). Every length is checked against what is really there before it is
/// used: one that is too short or too long ends the reading with <see cref="IsDamaged"/>.
/// </summary>
public ref struct NetlinkReader
{
    private const int HeaderBytes = 16;
    private ReadOnlySpan<byte> _rest;

    /// <summary>Reads from the whole datagram.</summary>
    public NetlinkReader(ReadOnlySpan<byte> datagram) => _rest = datagram;

    /// <summary>The message's header.</summary>
    public nlmsghdr Header { get; private set; }

    /// <summary>What follows the header.</summary>
    public ReadOnlySpan<byte> Body { get; private set; }

    /// <summary>Whether the reading ended because a length was wrong.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>Goes to the next message; false at the end.</summary>
    public bool MoveNext()
    {
        if (_rest.IsEmpty || IsDamaged)
        {
            return false;
        }

        if (!MemoryMarshal.TryRead(_rest, out nlmsghdr header) || header.nlmsg_len < HeaderBytes || header.nlmsg_len > (uint)_rest.Length)
        {
            IsDamaged = true;
            return false;
        }

        Header = header;
        int length = (int)header.nlmsg_len;
        Body = _rest[HeaderBytes..length];
        _rest = _rest[Math.Min(NetlinkAttributes.Align(length), _rest.Length)..];
        return true;
    }
}

/// <summary>Walks the attributes of a message (netlink(7)), as strictly as <see cref="NetlinkReader"/>.</summary>
public ref struct NetlinkAttributes
{
    private const int HeaderBytes = 4;
    private ReadOnlySpan<byte> _rest;

    /// <summary>Reads what follows the fixed part of a message.</summary>
    public NetlinkAttributes(ReadOnlySpan<byte> attributes) => _rest = attributes;

    /// <summary>The attribute's type without its flags.</summary>
    public ushort Type { get; private set; }

    /// <summary>Its value.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Whether the reading ended because a length was wrong.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>Goes to the next attribute; false at the end.</summary>
    public bool MoveNext()
    {
        if (_rest.IsEmpty || IsDamaged)
        {
            return false;
        }

        if (!MemoryMarshal.TryRead(_rest, out ushort length) || _rest.Length < HeaderBytes || length < HeaderBytes || length > _rest.Length)
        {
            IsDamaged = true;
            return false;
        }

        Type = (ushort)(MemoryMarshal.Read<ushort>(_rest[2..]) & NLA_TYPE_MASK);
        Value = _rest[HeaderBytes..length];
        _rest = _rest[Math.Min(Align(length), _rest.Length)..];
        return true;
    }

    /// <summary>NLMSG_ALIGN and NLA_ALIGN: to four bytes. Lengths come from a span's, so that it cannot overflow.</summary>
    internal static int Align(int length) => checked(length + 3) & ~3;
}
