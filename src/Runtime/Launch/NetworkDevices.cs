using System.Globalization;
using OciSpec;
using Runtime.Linux;
using Runtime.Linux.Netlink;
using Runtime.Namespaces;
using static Runtime.Linux.Abi;

namespace Runtime.Launch;

/// <summary>
/// Moves network devices into the container's network namespace (config-linux.md, network devices): each keeps its
/// permanent global addresses, gets its new name, and is up afterwards.
/// </summary>
internal static class NetworkDevices
{
    private sealed record Moved(string Pointer, string Name, List<LinkAddress> Addresses);

    /// <summary>Moves the devices into the network namespace of <paramref name="pid"/>.</summary>
    /// <exception cref="LaunchException">One of them is not there, or the kernel refused it.</exception>
    public static void Move(Dictionary<string, LinuxNetDevice> devices, int pid)
    {
        using Fd target = Sys.OpenAt(AT_FDCWD, $"/proc/{pid}/ns/net", O_RDONLY);
        using Fd own = Sys.OpenAt(AT_FDCWD, "/proc/thread-self/ns/net", O_RDONLY);
        using var host = new RouteSocket();
        using RouteSocket guest = SocketInside(target, own);
        var taken = new HashSet<string>(StringComparer.Ordinal);
        Require("/linux/netDevices", "list the container's devices", NetworkLinks.TryNames(guest, taken));
        HashSet<string> given = [.. devices.Select(d => Wanted(d.Key, d.Value))];
        foreach ((string name, LinuxNetDevice device) in devices)
        {
            string pointer = JsonPointer.Append("/linux/netDevices", name);
            string wanted = FreeName(Wanted(name, device), taken, given, pointer);
            taken.Add(wanted);
            SetUp(guest, MoveOne(host, target, pointer, name, wanted));
        }
    }

    /// <summary>A socket belongs to the namespace that its maker is in. Only this thread goes there, and comes back.</summary>
    private static RouteSocket SocketInside(Fd target, Fd own)
    {
        Require("/linux/netDevices", "enter the container's network namespace", Sys.TrySetns(target.Number, CLONE_NEWNET));
        try
        {
            return new RouteSocket();
        }
        finally
        {
            if (Sys.TrySetns(own.Number, CLONE_NEWNET) != Errno.OK)
            {
                Environment.FailFast("cctl: setns back into the runtime's network namespace failed");
            }
        }
    }

    private static Moved MoveOne(RouteSocket host, Fd target, string pointer, string name, string wanted)
    {
        Require(pointer, $"find the network device {name}", NetworkLinks.TryFind(host, name, out int index));
        var moved = new Moved(pointer, wanted, []);
        Require(pointer, $"read the addresses of {name}", NetworkLinks.TryAddresses(host, index, moved.Addresses));
        Require(pointer, $"move {name} into the container as {wanted}", NetworkLinks.TryMove(host, index, target.Number, wanted));
        return moved;
    }

    private static void SetUp(RouteSocket guest, Moved device)
    {
        Require(device.Pointer, $"find {device.Name} in the container", NetworkLinks.TryFind(guest, device.Name, out int index));
        foreach (LinkAddress address in device.Addresses)
        {
            Require(device.Pointer, $"give {device.Name} its address", NetworkLinks.TryAddAddress(guest, index, address));
        }

        Require(device.Pointer, $"set {device.Name} up", NetworkLinks.TrySetUp(guest, index));
    }

    private static string Wanted(string name, LinuxNetDevice device) => string.IsNullOrEmpty(device.Name) ? name : device.Name;

    /// <summary>The name itself, or with the lowest number in the place of %d that makes it no other device's, also of one that comes later.</summary>
    private static string FreeName(string wanted, HashSet<string> taken, HashSet<string> given, string pointer)
    {
        if (!wanted.Contains("%d", StringComparison.Ordinal))
        {
            return taken.Contains(wanted) ? throw new LaunchException(pointer, $"move it in as {wanted}", Errno.EEXIST, "the container has a device of this name") : wanted;
        }

        for (int number = 0; ; number++)
        {
            string name = wanted.Replace("%d", number.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
            if (!taken.Contains(name) && !given.Contains(name))
            {
                return name;
            }
        }
    }

    private static void Require(string pointer, string tried, Errno errno)
    {
        if (errno != Errno.OK)
        {
            throw new LaunchException(pointer, tried, errno, errno switch
            {
                Errno.ENODEV => "the host has no network device of this name",
                Errno.EEXIST => "the container has a device of this name",
                Errno.EPERM => "moving network devices takes CAP_NET_ADMIN on the host",
                Errno.EINVAL => "this device cannot leave its network namespace, or the name is not allowed",
                _ => string.Empty,
            });
        }
    }
}
