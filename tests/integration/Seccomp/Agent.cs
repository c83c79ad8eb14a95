using System.Net.Sockets;
using System.Runtime.InteropServices;
using OciSpec;
using Runtime.Linux;
using Tmds.Linux;

namespace Integration.Tests.Seccomp;

/// <summary>A seccomp agent: takes the listener of one container and answers one call with an error, seccomp_unotify(2).</summary>
internal sealed class Agent : IDisposable
{
    // _IOWR('!', 0, struct seccomp_notif) and _IOWR('!', 1, struct seccomp_notif_resp) of linux/seccomp.h
    private const uint SECCOMP_IOCTL_NOTIF_RECV = 0xC0502100;
    private const uint SECCOMP_IOCTL_NOTIF_SEND = 0xC0182101;

    private readonly Socket _server = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    /// <summary>Listens on a path.</summary>
    public Agent(string path)
    {
        _server.Bind(new UnixDomainSocketEndPoint(path));
        _server.Listen(1);
    }

    /// <summary>Serves one container: what it was told, and the number of the call that it answered.</summary>
    /// <param name="errno">The error that the call gets.</param>
    /// <param name="deadline">How long a container, and then a call, may take to come.</param>
    public Task<(ContainerProcessState State, int Call)> Serve(int errno, TimeSpan deadline) => OnThread(() =>
    {
        using Socket connection = Accept(deadline);
        (ContainerProcessState state, Fd listener) = Receive(connection);
        using (listener)
        {
            return (state, Answer(listener, errno, deadline));
        }
    });

    /// <summary>Takes a listener, and answers nothing; whoever calls owns it.</summary>
    public Task<Fd> Take(TimeSpan deadline) => OnThread(() =>
    {
        using Socket connection = Accept(deadline);
        return Receive(connection).Listener;
    });

    public void Dispose() => _server.Dispose();

    // The pool's threads are where tests run, and these wait.
    private static Task<T> OnThread<T>(Func<T> work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private Socket Accept(TimeSpan deadline)
    {
        Await((int)_server.Handle, deadline, "no container connected");
        return _server.Accept();
    }

    private static void Await(int fd, TimeSpan deadline, string failure)
    {
        var poll = new pollfd[] { new() { fd = fd, events = Abi.POLLIN } };
        Assert.True(Sys.Poll(poll, (int)deadline.TotalMilliseconds) == 1, failure);
    }

    private static (ContainerProcessState State, Fd Listener) Receive(Socket connection)
    {
        var message = new List<byte>();
        Fd? listener = null;
        byte[] buffer = new byte[65536];
        int length;
        do
        {
            Assert.Equal(Errno.OK, Sys.TryReceiveFd((int)connection.Handle, buffer, out length, out Fd? fd));
            listener ??= fd;
            message.AddRange(buffer.AsSpan(0, length));
        }
        while (length > 0);
        return (ConfigFile.ParseProcessState(message.ToArray()), listener!);
    }

    // SAFETY: both structs lie on the stack for the call, as large as the kernel's own.
    private static unsafe int Answer(Fd listener, int errno, TimeSpan deadline)
    {
        Await(listener.Number, deadline, "no call was notified");
        var notification = new Notification();
        Assert.Equal(0, Sys.Ioctl(listener.Number, SECCOMP_IOCTL_NOTIF_RECV, (nint)(&notification)));
        var response = new Response { Id = notification.Id, Error = -errno };
        Assert.Equal(0, Sys.Ioctl(listener.Number, SECCOMP_IOCTL_NOTIF_SEND, (nint)(&response)));
        return notification.Number;
    }

    /// <summary>struct seccomp_notif.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 80)]
    private struct Notification
    {
        public ulong Id;
        public uint Pid;
        public uint Flags;
        public int Number;
    }

    /// <summary>struct seccomp_notif_resp.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Response
    {
        public ulong Id;
        public long Value;
        public int Error;
        public uint Flags;
    }
}
