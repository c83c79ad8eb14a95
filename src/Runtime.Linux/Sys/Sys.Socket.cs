using System.Text;
using Tmds.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Linux;

public static unsafe partial class Sys
{
    /// <summary>socketpair(2) of unix sockets with SOCK_CLOEXEC. The caller owns both.</summary>
    public static (Fd First, Fd Second) SocketPair(int type)
    {
        int* fds = stackalloc int[2];
        // SAFETY: the kernel writes two numbers, and the array has two.
        Check(Result(LibC.socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds)), $"socketpair(AF_UNIX, {type})");
        return (new Fd(fds[0]), new Fd(fds[1]));
    }

    /// <summary>socket(2) with SOCK_CLOEXEC. The caller owns it.</summary>
    public static Fd Socket(int family, int type, int protocol)
    {
        nint result = Result(LibC.socket(family, type | SOCK_CLOEXEC, protocol));
        Check(result, $"socket({family}, {type}, {protocol})");
        return new Fd((int)result);
    }

    /// <summary>bind(2) of a unix socket to a path of at most 107 bytes; ENAMETOOLONG beyond.</summary>
    public static Errno TryBindUnix(int fd, string path)
    {
        Errno errno = TryUnixAddress(path, out sockaddr_un address, out int length);
        if (errno != Errno.OK)
        {
            return errno;
        }

        nint result;
        // SAFETY: the struct lies on the stack for the call.
        while (Interrupted(LibC.bind(fd, (sockaddr*)&address, length), out result))
        {
        }

        return ErrorOf(result);
    }

    /// <summary>connect(2) of a unix socket to a path of at most 107 bytes; ENAMETOOLONG beyond.</summary>
    public static Errno TryConnectUnix(int fd, string path)
    {
        Errno errno = TryUnixAddress(path, out sockaddr_un address, out int length);
        if (errno != Errno.OK)
        {
            return errno;
        }

        nint result;
        // SAFETY: the struct lies on the stack for the call.
        while (Interrupted(LibC.connect(fd, (sockaddr*)&address, length), out result))
        {
        }

        return ErrorOf(result);
    }

    /// <summary>listen(2).</summary>
    public static Errno TryListen(int fd, int backlog) => ErrorOf(Result(LibC.listen(fd, backlog)));

    /// <summary>recv(2): the number of bytes, 0 when the other side is closed.</summary>
    public static Errno TryReceive(int fd, Span<byte> buffer, out int length)
    {
        // SAFETY: the span is pinned for the call.
        fixed (byte* p = buffer)
        {
            nint result;
            while (Interrupted(LibC.recv(fd, p, buffer.Length, 0), out result))
            {
            }

            length = (int)Math.Max(result, 0);
            return ErrorOf(result);
        }
    }

    /// <summary>send(2) with MSG_NOSIGNAL.</summary>
    public static Errno TrySend(int fd, ReadOnlySpan<byte> bytes)
    {
        // SAFETY: the span is pinned for the call.
        fixed (byte* p = bytes)
        {
            nint result;
            while (Interrupted(LibC.send(fd, p, bytes.Length, MSG_NOSIGNAL), out result))
            {
            }

            return ErrorOf(result);
        }
    }

    /// <summary>send(2) on a stream until everything is sent, with MSG_NOSIGNAL; the error where it could not be.</summary>
    public static Errno TrySendAll(int fd, ReadOnlySpan<byte> bytes)
    {
        // SAFETY: the span is pinned for the calls.
        fixed (byte* p = bytes)
        {
            for (int done = 0; done < bytes.Length;)
            {
                nint result;
                while (Interrupted(LibC.send(fd, p + done, bytes.Length - done, MSG_NOSIGNAL), out result))
                {
                }

                if (result < 0)
                {
                    return ErrorOf(result);
                }

                done += (int)result;
            }
        }

        return Errno.OK;
    }

    /// <summary>sendmsg(2): the bytes, and one file descriptor beside them (SCM_RIGHTS, unix(7)).</summary>
    public static Errno TrySendFd(int socket, ReadOnlySpan<byte> bytes, int fd)
    {
        byte* control = stackalloc byte[24];
        *(cmsghdr*)control = new cmsghdr { cmsg_len = 20, cmsg_level = SOL_SOCKET, cmsg_type = SCM_RIGHTS };
        *(int*)(control + sizeof(cmsghdr)) = fd;
        // SAFETY: everything the header points to lives on this frame or is pinned until the call returns.
        fixed (byte* p = bytes)
        {
            var io = new iovec { iov_base = p, iov_len = bytes.Length };
            var header = new msghdr { msg_iov = &io, msg_iovlen = 1, msg_control = control, msg_controllen = 24 };
            nint result;
            while (Interrupted(LibC.sendmsg(socket, &header, MSG_NOSIGNAL), out result))
            {
            }

            return ErrorOf(result);
        }
    }

    /// <summary>sendmsg(2), and again until all bytes are sent: a signal can cut a message on a stream short.</summary>
    public static Errno TrySendAllFd(int socket, ReadOnlySpan<byte> bytes, int fd)
    {
        byte* control = stackalloc byte[24];
        *(cmsghdr*)control = new cmsghdr { cmsg_len = 20, cmsg_level = SOL_SOCKET, cmsg_type = SCM_RIGHTS };
        *(int*)(control + sizeof(cmsghdr)) = fd;
        // SAFETY: everything the header points to lives on this frame or is pinned until the call returns.
        fixed (byte* p = bytes)
        {
            var io = new iovec { iov_base = p, iov_len = bytes.Length };
            var header = new msghdr { msg_iov = &io, msg_iovlen = 1, msg_control = control, msg_controllen = 24 };
            while (io.iov_len > 0)
            {
                nint sent;
                while (Interrupted(LibC.sendmsg(socket, &header, MSG_NOSIGNAL), out sent))
                {
                }

                if (sent < 0)
                {
                    return ErrorOf(sent);
                }

                io.iov_base = (byte*)io.iov_base + sent;
                io.iov_len -= (int)sent;
                // The fd went with the first byte.
                header.msg_control = null;
                header.msg_controllen = 0;
            }

            return Errno.OK;
        }
    }

    /// <summary>setsockopt(2), SO_PASSCRED: messages come with their sender's pid (unix(7)).</summary>
    public static Errno TryPassCredentials(int socket)
    {
        int on = 1;
        // SAFETY: the number lies on the stack for the call.
        return ErrorOf(Result(LibC.setsockopt(socket, SOL_SOCKET, SO_PASSCRED, &on, sizeof(int))));
    }

    /// <summary>recvmsg(2): the bytes, and the file descriptor beside them where there is one. The caller owns it.</summary>
    public static Errno TryReceiveFd(int socket, Span<byte> buffer, out int length, out Fd? fd) =>
        TryReceiveFd(socket, buffer, out length, out fd, out _);

    /// <summary>
    /// As above, with the sender's pid, as this process's pid namespace has it, where the socket passes credentials; else 0.
    /// </summary>
    public static Errno TryReceiveFd(int socket, Span<byte> buffer, out int length, out Fd? fd, out int sender)
    {
        const int Room = 64; // 24 bytes of an fd and 32 of credentials
        byte* control = stackalloc byte[Room];
        fd = null;
        length = 0;
        sender = 0;
        // SAFETY: everything the header points to lives on this frame or is pinned until the call returns.
        fixed (byte* p = buffer)
        {
            var io = new iovec { iov_base = p, iov_len = buffer.Length };
            var header = new msghdr { msg_iov = &io, msg_iovlen = 1, msg_control = control, msg_controllen = Room };
            nint result;
            while (Interrupted(LibC.recvmsg(socket, &header, MSG_CMSG_CLOEXEC), out result))
            {
            }

            if (result < 0)
            {
                return ErrorOf(result);
            }

            length = (int)result;
            for (int at = 0; at + sizeof(cmsghdr) <= (int)header.msg_controllen;)
            {
                var message = (cmsghdr*)(control + at);
                byte* data = control + at + sizeof(cmsghdr);
                if (message->cmsg_level == SOL_SOCKET && message->cmsg_type == SCM_RIGHTS)
                {
                    fd = new Fd(*(int*)data);
                }
                else if (message->cmsg_level == SOL_SOCKET && message->cmsg_type == SCM_CREDENTIALS)
                {
                    sender = ((ucred*)data)->pid;
                }

                at += Math.Max(((int)message->cmsg_len + 7) & ~7, sizeof(cmsghdr));
            }

            return Errno.OK;
        }
    }

    private static Errno TryUnixAddress(string path, out sockaddr_un address, out int length)
    {
        address = new sockaddr_un { sun_family = AF_UNIX };
        int bytes = Encoding.UTF8.GetByteCount(path);
        length = 2 + bytes + 1;
        if (bytes > 107)
        {
            return Errno.ENAMETOOLONG;
        }

        // SAFETY: sun_path has 108 bytes, zeroed, of which the last stays NUL.
        fixed (byte* text = address.sun_path)
        {
            Encoding.UTF8.GetBytes(path, new Span<byte>(text, 107));
        }

        return Errno.OK;
    }
}
