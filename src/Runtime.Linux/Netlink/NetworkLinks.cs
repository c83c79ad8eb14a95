using System.Runtime.InteropServices;
using System.Text;
using static Runtime.Linux.Abi;

namespace Runtime.Linux.Netlink;

/// <summary>An address of a network device, with the attributes that it is set again with.</summary>
/// <param name="Header">Family, prefix and scope; the index is the device's.</param>
/// <param name="Local">IFA_LOCAL; empty where the kernel gave none (IPv6).</param>
/// <param name="Address">IFA_ADDRESS: the same, or the other end's.</param>
/// <param name="Broadcast">IFA_BROADCAST; empty without one.</param>
public sealed record LinkAddress(ifaddrmsg Header, byte[] Local, byte[] Address, byte[] Broadcast);

/// <summary>Network devices over rtnetlink(7).</summary>
public static class NetworkLinks
{
    private const int LinkBytes = 16;
    private const int AddressBytes = 8;

    /// <summary>The index of a device, by its name; ENODEV where there is none.</summary>
    public static Errno TryFind(RouteSocket socket, string name, out int index)
    {
        int found = 0;
        NetlinkRequest request = NetlinkRequest.Of(RTM_GETLINK, NLM_F_ACK, default(ifinfomsg)).With(IFLA_IFNAME, name);
        Errno errno = socket.Request(request, (type, body) =>
        {
            if (type == RTM_NEWLINK && MemoryMarshal.TryRead(body, out ifinfomsg link))
            {
                found = link.ifi_index;
            }
        });
        index = found;
        return errno != Errno.OK || index > 0 ? errno : Errno.ENODEV;
    }

    /// <summary>The names of all devices.</summary>
    public static Errno TryNames(RouteSocket socket, HashSet<string> names) =>
        socket.Request(NetlinkRequest.Of(RTM_GETLINK, NLM_F_DUMP, default(ifinfomsg)), (type, body) =>
        {
            if (type != RTM_NEWLINK || body.Length < LinkBytes)
            {
                return;
            }

            var attributes = new NetlinkAttributes(body[LinkBytes..]);
            while (attributes.MoveNext())
            {
                if (attributes.Type == IFLA_IFNAME)
                {
                    names.Add(Encoding.UTF8.GetString(attributes.Value.TrimEnd((byte)0)));
                }
            }
        });

    /// <summary>A device's permanent addresses of global scope.</summary>
    public static Errno TryAddresses(RouteSocket socket, int index, List<LinkAddress> addresses) =>
        socket.Request(NetlinkRequest.Of(RTM_GETADDR, NLM_F_DUMP, default(ifaddrmsg)), (type, body) =>
        {
            if (type == RTM_NEWADDR
                && MemoryMarshal.TryRead(body, out ifaddrmsg header)
                && header.ifa_index == (uint)index
                && header.ifa_scope == RT_SCOPE_UNIVERSE
                && Read(header, body[AddressBytes..]) is LinkAddress address)
            {
                addresses.Add(address);
            }
        });

    /// <summary>Moves a device into another network namespace and gives it its name there. It is down afterwards.</summary>
    public static Errno TryMove(RouteSocket socket, int index, int networkNamespace, string name) =>
        socket.Request(NetlinkRequest.Of(RTM_NEWLINK, NLM_F_ACK, new ifinfomsg { ifi_index = index })
            .With(IFLA_NET_NS_FD, networkNamespace)
            .With(IFLA_IFNAME, name));

    /// <summary>Sets a device up.</summary>
    public static Errno TrySetUp(RouteSocket socket, int index) =>
        socket.Request(NetlinkRequest.Of(RTM_NEWLINK, NLM_F_ACK, new ifinfomsg { ifi_index = index, ifi_flags = IFF_UP, ifi_change = IFF_UP }));

    /// <summary>Gives a device an address that another (or itself, elsewhere) had.</summary>
    public static Errno TryAddAddress(RouteSocket socket, int index, LinkAddress address)
    {
        ifaddrmsg header = address.Header;
        header.ifa_index = (uint)index;
        header.ifa_flags = 0;
        NetlinkRequest request = NetlinkRequest.Of(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, header).With(IFA_ADDRESS, address.Address);
        if (address.Local.Length > 0)
        {
            request.With(IFA_LOCAL, address.Local);
        }

        if (address.Broadcast.Length > 0)
        {
            request.With(IFA_BROADCAST, address.Broadcast);
        }

        return socket.Request(request);
    }

    private static LinkAddress? Read(ifaddrmsg header, ReadOnlySpan<byte> attributes)
    {
        byte[] local = [], address = [], broadcast = [];
        uint flags = header.ifa_flags;
        var reader = new NetlinkAttributes(attributes);
        while (reader.MoveNext())
        {
            switch (reader.Type)
            {
                case IFA_LOCAL:
                    local = reader.Value.ToArray();
                    break;
                case IFA_ADDRESS:
                    address = reader.Value.ToArray();
                    break;
                case IFA_BROADCAST:
                    broadcast = reader.Value.ToArray();
                    break;
                case IFA_FLAGS when MemoryMarshal.TryRead(reader.Value, out uint all):
                    flags = all;
                    break;
            }
        }

        int size = header.ifa_family switch { (byte)AF_INET => 4, (byte)AF_INET6 => 16, _ => 0 };
        bool whole = !reader.IsDamaged && size > 0 && address.Length == size && local.Length is var l && (l == 0 || l == size);
        return whole && (flags & IFA_F_PERMANENT) != 0 ? new LinkAddress(header, local, address, broadcast) : null;
    }
}
