using System.Text;
using Runtime.Linux;

namespace Integration.Tests.Harness;

/// <summary>A --console-socket: takes the terminal that is sent to it, and talks on it.</summary>
internal sealed class ConsoleListener(string path) : IDisposable
{
    private readonly FdListener _socket = new(path);
    private readonly StringBuilder _text = new();
    private Fd? _master;

    /// <summary>Takes the terminal's master; the one before is closed.</summary>
    public void Accept()
    {
        Fd master = _socket.Accept();
        _master?.Dispose();
        _master = master;
        _text.Clear();
    }

    /// <summary>Types a line, and waits until the guest has written that answer.</summary>
    public void Expect(string line, string answer)
    {
        Sys.Write(_master!.Number, Encoding.ASCII.GetBytes(line + "\n"));
        ReadTo(answer);
    }

    /// <summary>All that the guest has written, once that is among it.</summary>
    public string ReadTo(string end)
    {
        byte[] bytes = new byte[4096];
        while (!_text.ToString().Contains(end, StringComparison.Ordinal))
        {
            Assert.True(FdListener.WaitToRead(_master!), $"no '{end}' on the terminal: {_text}");
            _text.Append(Encoding.ASCII.GetString(bytes, 0, Sys.Read(_master!.Number, bytes)));
        }

        return _text.ToString();
    }

    public void Dispose()
    {
        _master?.Dispose();
        _socket.Dispose();
    }
}
