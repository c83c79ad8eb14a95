using System.Globalization;
using System.Text;
using Runtime.Linux;
using Tmds.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Cgroups.Systemd;

/// <summary>
/// A connection to a D-Bus server over a unix socket: authentication by credentials (EXTERNAL), calls, signals. The
/// executable is static, so that no library of systemd's can be loaded; what is needed of the protocol is little.
/// </summary>
internal sealed class DbusConnection : IDisposable
{
    private readonly Fd _socket;
    private readonly Queue<DbusMessage> _signals = new();
    private readonly byte[] _chunk = new byte[4096];
    private byte[] _pending = [];
    private uint _serial;

    private DbusConnection(Fd socket) => _socket = socket;

    /// <summary>Connects and authenticates; null where the socket does not answer.</summary>
    /// <param name="path">Path of the socket.</param>
    /// <param name="deadline">When to give up, by <see cref="Environment.TickCount64"/>.</param>
    /// <exception cref="DbusException">The server refuses, or the time is over.</exception>
    public static DbusConnection? TryConnect(string path, long deadline)
    {
        Fd socket = Sys.Socket(AF_UNIX, SOCK_STREAM, 0);
        if (Sys.TryConnectUnix(socket.Number, path) != Errno.OK)
        {
            socket.Dispose();
            return null;
        }

        var connection = new DbusConnection(socket);
        try
        {
            connection.Authenticate(deadline);
            return connection;
        }
        catch (Exception)
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Calls a method and waits for its reply.</summary>
    /// <exception cref="DbusException">It answered with an error, or not in time.</exception>
    public DbusMessage Call(long deadline, string destination, string path, string @interface, string member, string signature = "", DbusWriter? arguments = null)
    {
        uint serial = ++_serial;
        Send(DbusMessage.Call(serial, destination, path, @interface, member, signature, arguments));
        while (true)
        {
            DbusMessage message = Receive(deadline);
            if (message.IsSignal)
            {
                _signals.Enqueue(message); // It may tell of what this call begins.
            }
            else if (message.IsReply && message.ReplySerial == serial)
            {
                return message.ErrorName is null ? message : throw new DbusException(message.ErrorName, ErrorText(message));
            }
        }
    }

    /// <summary>The next signal, of those that came meanwhile first.</summary>
    /// <exception cref="DbusException">None comes in time.</exception>
    public DbusMessage NextSignal(long deadline)
    {
        while (true)
        {
            if (_signals.TryDequeue(out DbusMessage? signal))
            {
                return signal;
            }

            DbusMessage message = Receive(deadline);
            if (message.IsSignal)
            {
                return message;
            }
        }
    }

    /// <summary>Closes the connection.</summary>
    public void Dispose() => _socket.Dispose();

    /// <summary>The uid as the server sees it, outside of this user namespace: user_namespaces(7), uid_map.</summary>
    internal static uint OuterUid(uint uid, string uidMap)
    {
        Span<uint> numbers = stackalloc uint[3];
        foreach (ReadOnlySpan<char> line in uidMap.AsSpan().EnumerateLines())
        {
            int count = 0;
            foreach (Range range in line.Split(' '))
            {
                if (count < 3 && uint.TryParse(line[range], CultureInfo.InvariantCulture, out uint number))
                {
                    numbers[count++] = number;
                }
            }

            if (count == 3 && uid >= numbers[0] && uid - numbers[0] < numbers[2])
            {
                return numbers[1] + (uid - numbers[0]);
            }
        }

        return uid;
    }

    private static string ErrorText(DbusMessage message) =>
        message.Signature.StartsWith('s') ? new DbusReader(message.Body).String() : string.Empty;

    // The specification's authentication protocol: lines, until BEGIN. Both lines go out at once, and no message before
    // the answer: sd-bus as a server reads up to 256 bytes, and a message that comes in one read with BEGIN lies in its
    // buffer until something else arrives (sd-bus/bus-socket.c, bus_socket_read_auth).
    private void Authenticate(long deadline)
    {
        uint uid = OuterUid(Sys.GetEuid(), FileText.TryReadString(AT_FDCWD, "/proc/self/uid_map") ?? string.Empty);
        string hex = Convert.ToHexStringLower(Encoding.ASCII.GetBytes(uid.ToString(CultureInfo.InvariantCulture)));
        Send(Encoding.ASCII.GetBytes($"\0AUTH EXTERNAL {hex}\r\nBEGIN\r\n"));
        string answer = ReadLine(deadline);
        if (!answer.StartsWith("OK ", StringComparison.Ordinal))
        {
            throw new DbusException(DbusException.Protocol, $"authentication answered with {answer}");
        }
    }

    private string ReadLine(long deadline)
    {
        int end;
        while ((end = _pending.AsSpan().IndexOf("\r\n"u8)) < 0)
        {
            if (_pending.Length > 1024)
            {
                throw new DbusException(DbusException.Protocol, "an authentication line without an end");
            }

            Fill(deadline);
        }

        string line = Encoding.ASCII.GetString(_pending.AsSpan(0, end));
        _pending = _pending[(end + 2)..];
        return line;
    }

    private DbusMessage Receive(long deadline)
    {
        while (_pending.Length < DbusMessage.FixedHeader || _pending.Length < DbusMessage.LengthOf(_pending))
        {
            Fill(deadline);
        }

        int length = DbusMessage.LengthOf(_pending);
        DbusMessage message = DbusMessage.Parse(_pending.AsSpan(0, length));
        _pending = _pending[length..];
        return message;
    }

    private void Fill(long deadline)
    {
        long left = deadline - Environment.TickCount64;
        Span<pollfd> polled = [new pollfd { fd = _socket.Number, events = POLLIN }];
        if (Sys.Poll(polled, (int)Math.Clamp(left, 0, int.MaxValue)) == 0)
        {
            throw new DbusException(DbusException.Timeout, "systemd did not answer in time");
        }

        Errno errno = Sys.TryReceive(_socket.Number, _chunk, out int length);
        if (errno != Errno.OK || length == 0)
        {
            throw new DbusException(DbusException.Protocol, errno == Errno.OK ? "systemd closed the connection" : $"recvfrom: {errno.Name()}");
        }

        _pending = [.. _pending, .. _chunk.AsSpan(0, length)];
    }

    private void Send(ReadOnlySpan<byte> bytes)
    {
        Errno errno = Sys.TryWrite(_socket.Number, bytes);
        if (errno != Errno.OK)
        {
            throw new DbusException(DbusException.Protocol, $"write: {errno.Name()}");
        }
    }
}
