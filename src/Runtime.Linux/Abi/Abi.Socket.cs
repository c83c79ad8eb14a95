using System.Runtime.InteropServices;

namespace Runtime.Linux;

public static partial class Abi
{
#pragma warning disable CS1591 // The kernel's own names; each is described in the man page named above its group.

    // socket(2), unix(7), netlink(7)
    public const int AF_UNIX = 1;
    public const int AF_INET = 2;
    public const int AF_INET6 = 10;
    public const int AF_NETLINK = 16;
    public const int SOCK_STREAM = 1;
    public const int SOCK_DGRAM = 2;
    public const int SOCK_RAW = 3;
    public const int SOCK_SEQPACKET = 5;
    public const int SOCK_CLOEXEC = 0x80000;
    public const int SOCK_NONBLOCK = 0x800;
    public const int NETLINK_ROUTE = 0;
    public const int SOL_SOCKET = 1;
    public const int SO_PEERCRED = 17;
    public const int SO_PASSCRED = 16;
    public const int SCM_RIGHTS = 1;
    public const int SCM_CREDENTIALS = 2;
    public const int MSG_NOSIGNAL = 0x4000;
    public const int MSG_CMSG_CLOEXEC = 0x40000000;

    /// <summary>struct sockaddr_un of unix(7).</summary>
    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct sockaddr_un
    {
        public ushort sun_family;
        public fixed byte sun_path[108];
    }

    /// <summary>struct iovec of readv(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct iovec
    {
        public nint iov_base;
        public nuint iov_len;
    }

    /// <summary>The kernel's struct user_msghdr of sendmsg(2) on 64-bit machines.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct msghdr
    {
        public nint msg_name;
        public uint msg_namelen;
        private readonly int _pad0;
        public nint msg_iov;
        public nuint msg_iovlen;
        public nint msg_control;
        public nuint msg_controllen;
        public uint msg_flags;
        private readonly int _pad1;
    }

    /// <summary>struct cmsghdr of cmsg(3), followed by its data.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct cmsghdr
    {
        public nuint cmsg_len;
        public int cmsg_level;
        public int cmsg_type;
    }

    /// <summary>struct ucred of unix(7).</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct ucred
    {
        public int pid;
        public uint uid;
        public uint gid;
    }
#pragma warning restore CS1591
}
