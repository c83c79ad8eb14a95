using Runtime.Linux;
using Tmds.Linux;

namespace Integration.Tests.Harness;

/// <summary>A unix socket that takes a descriptor of each caller: what --console-socket and --pidfd-socket name.</summary>
internal sealed class FdListener : IDisposable
{
    private readonly Fd _socket = Sys.Socket(Abi.AF_UNIX, Abi.SOCK_STREAM, 0);

    /// <summary>Listens at a path that is not there yet.</summary>
    public FdListener(string path)
    {
        Assert.Equal(Errno.OK, Sys.TryBindUnix(_socket.Number, path));
        Assert.Equal(Errno.OK, Sys.TryListen(_socket.Number, 1));
    }

    /// <summary>Waits for the next caller, and takes the descriptor it sends.</summary>
    public Fd Accept()
    {
        Assert.True(WaitToRead(_socket), "nobody connected");
        using var connection = new Fd((int)Sys.Raw(SyscallNumber.accept4, _socket.Number, 0, 0, Abi.SOCK_CLOEXEC));
        Assert.True(WaitToRead(connection), "nothing was sent");
        Assert.Equal(Errno.OK, Sys.TryReceiveFd(connection.Number, new byte[256], out _, out Fd? fd));
        return fd!;
    }

    /// <summary>Waits until a descriptor has something to read; false when nothing came.</summary>
    public static bool WaitToRead(Fd fd)
    {
        Span<pollfd> polled = [new pollfd { fd = fd.Number, events = Abi.POLLIN }];
        return Sys.Poll(polled, (int)Place.Deadline(10).TotalMilliseconds) == 1;
    }

    public void Dispose() => _socket.Dispose();
}
