using System.Text;
using Integration.Tests.Harness;
using Runtime.Linux;

namespace Integration.Tests.Checkpoint;

/// <summary>A --console-socket: takes the terminal that is sent to it, and talks on it.</summary>
internal sealed class ConsoleListener : IDisposable
{
    private readonly Fd _socket = Sys.Socket(Abi.AF_UNIX, Abi.SOCK_STREAM, 0);
    private readonly StringBuilder _text = new();
    private Fd? _master;

    /// <summary>Listens at a path that is not there yet.</summary>
    public ConsoleListener(string path)
    {
        Assert.Equal(Errno.OK, Sys.TryBindUnix(_socket.Number, path));
        Assert.Equal(Errno.OK, Sys.TryListen(_socket.Number, 1));
    }

    /// <summary>Takes the terminal's master; the one before is closed.</summary>
    public void Accept()
    {
        WaitToRead(_socket, Place.Deadline(10));
        using var connection = new Fd((int)Sys.Raw(SyscallNumber.accept4, _socket.Number, 0, 0, Abi.SOCK_CLOEXEC));
        WaitToRead(connection, Place.Deadline(10));
        Assert.Equal(Errno.OK, Sys.TryReceiveFd(connection.Number, new byte[256], out _, out Fd? fd));
        _master?.Dispose();
        _master = fd!;
        _text.Clear();
    }

    /// <summary>Types a line, and waits until the guest has written that answer.</summary>
    public void Expect(string line, string answer)
    {
        Sys.Write(_master!.Number, Encoding.ASCII.GetBytes(line + "\n"));
        byte[] bytes = new byte[4096];
        while (!_text.ToString().Contains(answer, StringComparison.Ordinal))
        {
            Assert.True(WaitToRead(_master, Place.Deadline(10)), $"no '{answer}' on the terminal: {_text}");
            _text.Append(Encoding.ASCII.GetString(bytes, 0, Sys.Read(_master.Number, bytes)));
        }
    }

    public void Dispose()
    {
        _master?.Dispose();
        _socket.Dispose();
    }

    private static bool WaitToRead(Fd fd, TimeSpan deadline)
    {
        Span<Abi.pollfd> polled = [new Abi.pollfd { fd = fd.Number, events = Abi.POLLIN }];
        return Sys.Poll(polled, (int)deadline.TotalMilliseconds) == 1;
    }
}
