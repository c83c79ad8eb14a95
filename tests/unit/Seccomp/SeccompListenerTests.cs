using System.Net.Sockets;
using System.Text;
using Microsoft.Win32.SafeHandles;
using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces;
using Runtime.Seccomp;

namespace Unit.Tests.Seccomp;

public sealed class SeccompListenerTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private static ContainerState State => new()
    {
        OciVersion = "1.3.0",
        Id = "c1",
        Status = "creating",
        Pid = 4711,
        Bundle = "/bundle",
        Annotations = new() { ["long"] = new string('x', 400_000) },
    };

    [Theory]
    [InlineData("agent.sock")]
    [InlineData("a-path-that-is-longer-than-a-unix-socket-address-takes/and-goes-on-in-another-directory-for-some-time/agent.sock")]
    public async Task The_agent_gets_one_state_with_the_fd_and_then_the_end(string name)
    {
        string path = Path.Combine(_directory.Path, name);
        using Socket server = Listen(path);
        byte[] content = Encoding.UTF8.GetBytes("what the fd stands for");
        string file = Path.Combine(_directory.Path, "listener");
        await File.WriteAllBytesAsync(file, content, TestContext.Current.CancellationToken);
        Task<(byte[] Message, string Content)> agent = Task.Run(() => Receive(server), TestContext.Current.CancellationToken);

        using (Fd listener = Sys.OpenAt(Abi.AT_FDCWD, file, Abi.O_RDONLY))
        {
            SeccompListener.Send(listener, path, "opaque", 4711, State);
        }

        (byte[] message, string passed) = await agent;
        Assert.Equal("what the fd stands for", passed);
        ContainerProcessState received = ConfigFile.ParseProcessState(message);
        Assert.Equal(("1.3.0", 4711, "opaque", "c1", "creating"), (received.OciVersion, received.Pid, received.Metadata, received.State!.Id, received.State.Status));
        Assert.Equal(["seccompFd"], received.Fds);
        Assert.Equal(400_000, received.State.Annotations!["long"].Length);
    }

    [Fact]
    public void Without_an_agent_the_error_names_the_property()
    {
        string path = Path.Combine(_directory.Path, "none.sock");
        using Fd any = Sys.OpenAt(Abi.AT_FDCWD, "/dev/null", Abi.O_RDONLY);
        var missing = Assert.Throws<LaunchException>(() => SeccompListener.Send(any, path, null, 1, State));
        Assert.Equal($"/linux/seccomp/listenerPath: open the agent's socket {path}: ENOENT: start the agent first", missing.Message);

        Listen(path).Dispose();
        var refused = Assert.Throws<LaunchException>(() => SeccompListener.Send(any, path, null, 1, State));
        Assert.Equal(Errno.ECONNREFUSED, refused.Errno);
    }

    private static Socket Listen(string path)
    {
        string directory = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(directory);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        // A link to the directory: its path may be longer than an address.
        string link = Path.Combine(Path.GetTempPath(), "cctl-" + Path.GetRandomFileName());
        Directory.CreateSymbolicLink(link, directory);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(link, Path.GetFileName(path))));
        }
        finally
        {
            File.Delete(link);
        }

        socket.Listen(1);
        return socket;
    }

    private static (byte[] Message, string Content) Receive(Socket server)
    {
        using Socket connection = server.Accept();
        var message = new List<byte>();
        string content = "";
        byte[] buffer = new byte[65536];
        while (true)
        {
            Assert.Equal(Errno.OK, Sys.TryReceiveFd((int)connection.Handle, buffer, out int length, out Fd? fd));
            if (fd != null)
            {
                Assert.Equal("", content);
                using var handle = new SafeFileHandle(fd.Release(), ownsHandle: true);
                byte[] read = new byte[100];
                content = Encoding.UTF8.GetString(read, 0, RandomAccess.Read(handle, read, 0));
            }

            if (length == 0)
            {
                return ([.. message], content);
            }

            message.AddRange(buffer.AsSpan(0, length));
        }
    }
}
