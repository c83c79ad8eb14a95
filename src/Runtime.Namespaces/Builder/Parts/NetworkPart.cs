using Runtime.Linux;
using Runtime.Namespaces.Plan;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>The guest's own network namespace: lo, and the devices that the config moves into it.</summary>
internal sealed class NetworkPart(PlanScope scope) : LaunchPart(scope)
{
    /// <summary>
    /// The kernel makes lo down; nothing in a guest without CAP_NET_ADMIN could set it up, and every runtime does. netdevice(7):
    /// any socket does for the call, whatever its family; this one is there in a kernel without IPv4, too.
    /// </summary>
    public unsafe void SetLoopbackUp()
    {
        if (!Namespaces.Makes(CLONE_NEWNET))
        {
            return;
        }

        Writer.From("/linux/namespaces", "set lo up", HintKind.Namespace);
        var request = new ifreq { ifr_flags = (short)IFF_UP };
        request.ifr_name[0] = (byte)'l';
        request.ifr_name[1] = (byte)'o';
        Slot socket = Writer.NewSlot();
        Writer.Call(socket, SyscallNumber.socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        // A caller with CAP_SYS_ADMIN and without CAP_NET_ADMIN may make the namespace, and not this.
        Writer.Call(SyscallNumber.ioctl, socket, SIOCSIFFLAGS, Writer.Struct(request)).Ignore(Errno.EPERM);
        Writer.Call(SyscallNumber.close, socket);
    }

    public void MoveNetworkDevices()
    {
        if (Linux.NetDevices is { Count: > 0 })
        {
            Writer.From("/linux/netDevices", "move the network devices");
            Request(ControlKind.NetworkDevices);
        }
    }
}
