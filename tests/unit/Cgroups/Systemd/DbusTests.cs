using System.Net.Sockets;
using System.Text;
using Runtime.Cgroups.Systemd;

namespace Unit.Tests.Cgroups.Systemd;

public class DbusTests
{
    [Fact]
    public void A_call_has_the_bytes_that_the_specification_gives_it()
    {
        var arguments = new DbusWriter();
        arguments.String("ab");
        byte[] message = DbusMessage.Call(7, "d.e", "/p", "i.f", "M", "s", arguments).ToArray();
        byte[] expected =
        [
            (byte)'l', 1, 0, 1, /* body */ 7, 0, 0, 0, /* serial */ 7, 0, 0, 0, /* fields */ 71, 0, 0, 0,
            1, 1, (byte)'o', 0, 2, 0, 0, 0, (byte)'/', (byte)'p', 0, 0, 0, 0, 0, 0,
            2, 1, (byte)'s', 0, 3, 0, 0, 0, (byte)'i', (byte)'.', (byte)'f', 0, 0, 0, 0, 0,
            3, 1, (byte)'s', 0, 1, 0, 0, 0, (byte)'M', 0, 0, 0, 0, 0, 0, 0,
            6, 1, (byte)'s', 0, 3, 0, 0, 0, (byte)'d', (byte)'.', (byte)'e', 0, 0, 0, 0, 0,
            8, 1, (byte)'g', 0, 1, (byte)'s', 0, /* to 8 */ 0,
            2, 0, 0, 0, (byte)'a', (byte)'b', 0,
        ];
        Assert.Equal(expected, message);
    }

    [Fact]
    public void Values_are_aligned_to_their_sizes()
    {
        var writer = new DbusWriter();
        writer.Byte(1);
        UnitProperty.WriteAll(writer, [new("A", 5UL), new("B", new[] { ("/x", 9UL) })]);
        byte[] expected =
        [
            1, 0, 0, 0, /* a(sv), from 8 on */ 64, 0, 0, 0,
            1, 0, 0, 0, (byte)'A', 0, 1, (byte)'t', 0, 0, 0, 0, 0, 0, 0, 0,
            5, 0, 0, 0, 0, 0, 0, 0,
            1, 0, 0, 0, (byte)'B', 0, 5, (byte)'a', (byte)'(', (byte)'s', (byte)'t', (byte)')', 0, 0, 0, 0,
            /* a(st) */ 16, 0, 0, 0, 0, 0, 0, 0,
            2, 0, 0, 0, (byte)'/', (byte)'x', 0, 0, 9, 0, 0, 0, 0, 0, 0, 0,
        ];
        Assert.Equal(expected, writer.Bytes.ToArray());
    }

    [Fact]
    public void A_message_of_an_unbelievable_length_is_refused()
    {
        byte[] head = new byte[16];
        (head[0], head[3]) = ((byte)'l', 1);
        head.AsSpan(4, 4).Fill(0xff);
        Assert.Throws<DbusException>(() => DbusMessage.LengthOf(head));
        head.AsSpan(4, 4).Clear();
        head.AsSpan(12, 4).Fill(0xff);
        Assert.Throws<DbusException>(() => DbusMessage.LengthOf(head));
        head[0] = (byte)'B';
        Assert.Throws<DbusException>(() => DbusMessage.LengthOf(head));
    }

    [Fact]
    public void Random_damage_gives_an_error_of_the_protocol_and_nothing_else()
    {
        byte[] sound = DbusMessage.Call(7, "org.x", "/p/q", "i.f", "Member", string.Empty, null).ToArray();
        var random = new Random(3);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = (byte[])sound.Clone();
            for (int n = random.Next(1, 5); n > 0; n--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            try
            {
                if (DbusMessage.LengthOf(bytes) == bytes.Length)
                {
                    DbusMessage.Parse(bytes);
                }
            }
            catch (DbusException)
            {
            }
        }
    }

    [Theory]
    [InlineData(0u, "         0          0 4294967295\n", 0u)]
    [InlineData(0u, "0 1000 1\n1 100000 65536\n", 1000u)]
    [InlineData(5u, "0 1000 1\n1 100000 65536\n", 100004u)]
    public void The_uid_is_the_one_outside_of_the_user_namespace(uint uid, string map, uint expected) =>
        Assert.Equal(expected, DbusConnection.OuterUid(uid, map));

    [Theory]
    [InlineData("unix:path=/run/user/1000/bus", "/run/user/1000/bus")]
    [InlineData("unix:abstract=x;unix:path=/a%20b,guid=5", "/a b")]
    [InlineData("tcp:host=x", null)]
    [InlineData(null, null)]
    public void The_path_of_an_address(string? address, string? expected) => Assert.Equal(expected, SystemdManager.PathOfAddress(address));

    [Fact]
    public async Task Replies_errors_and_signals_are_told_apart()
    {
        string path = Path.Combine(Path.GetTempPath(), "cctl-dbus-" + Guid.NewGuid().ToString("N")[..8]);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        try
        {
            Task server = Task.Run(() => Serve(listener.Accept()), TestContext.Current.CancellationToken);
            using (DbusConnection connection = DbusConnection.TryConnect(path, Environment.TickCount64 + 10_000)!)
            {
                Converse(connection);
            }

            await server.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void Converse(DbusConnection connection)
    {
        Assert.Equal("u", connection.Call(Environment.TickCount64 + 10_000, "d.d", "/", "i.i", "First").Signature);
        var error = Assert.Throws<DbusException>(() => connection.Call(Environment.TickCount64 + 10_000, "d.d", "/", "i.i", "Second"));
        Assert.Equal("org.x.No", error.Name);
        Assert.Equal("not today", error.Text);
        Assert.Equal("Happened", connection.NextSignal(Environment.TickCount64 + 10_000).Member);
        Assert.Equal(DbusException.Timeout, Assert.Throws<DbusException>(() => connection.NextSignal(Environment.TickCount64 + 20)).Name);
    }

    [Fact]
    public void Without_a_socket_there_is_no_connection() => Assert.Null(DbusConnection.TryConnect("/nonexistent/socket", 0));

    // A server of few words: authenticates, sends a signal and answers the first call, refuses the second.
    private static void Serve(Socket socket)
    {
        using (socket)
        {
            byte[] buffer = new byte[4096];
            string greeting = string.Empty;
            while (!greeting.EndsWith("BEGIN\r\n", StringComparison.Ordinal))
            {
                greeting += Encoding.ASCII.GetString(buffer, 0, socket.Receive(buffer));
            }

            // No message may come before the answer: systemd would leave it lying.
            Assert.False(socket.Poll(50_000, SelectMode.SelectRead));
            socket.Send("OK 1234\r\n"u8);
            socket.Receive(buffer);
            socket.Send(Message(4, serial: 0, "s", "Happened", null, []));
            socket.Send(Message(2, serial: 1, "u", null, null, [5, 0, 0, 0]));
            socket.Receive(buffer);
            byte[] text = [10, 0, 0, 0, .. "not today."u8, 0];
            byte[] error = Message(3, serial: 2, "s", null, "org.x.No", text);
            foreach (byte b in error)
            {
                socket.Send([b]); // In the smallest pieces there are.
            }

            socket.Receive(buffer); // until the other side closes
        }
    }

    private static byte[] Message(byte type, uint serial, string signature, string? member, string? error, byte[] body)
    {
        var w = new DbusWriter();
        w.Byte((byte)'l');
        w.Byte(type);
        w.Byte(0);
        w.Byte(1);
        w.UInt32((uint)body.Length);
        w.UInt32(99);
        var fields = w.BeginArray(8);
        Field(w, 3, "s", member);
        Field(w, 4, "s", error);
        w.Align(8);
        w.Byte(5);
        w.Signature("u");
        w.UInt32(serial);
        Field(w, 8, "g", signature);
        w.EndArray(fields);
        w.Align(8);
        return [.. w.Bytes, .. body];
    }

    private static void Field(DbusWriter w, byte code, string type, string? value)
    {
        if (value is null)
        {
            return;
        }

        w.Align(8);
        w.Byte(code);
        w.Signature(type);
        if (type == "g")
        {
            w.Signature(value);
        }
        else
        {
            w.String(value);
        }
    }
}
