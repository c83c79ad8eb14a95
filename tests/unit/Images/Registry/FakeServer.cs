using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Unit.Tests.Images.Registry;

/// <summary>A request as the server read it; names of headers are in lower case.</summary>
internal sealed record FakeRequest(string Method, string Target, Dictionary<string, string> Headers, byte[] Body)
{
    public string Path => Target.Split('?')[0];

    public string Line => $"{Method} {Target}";

    public string? Header(string name) => Headers.GetValueOrDefault(name);
}

/// <summary>What to answer; with <see cref="CutAfter"/> the connection is closed after so many bytes of the body.</summary>
internal sealed record FakeAnswer(int Status, byte[] Body, params string[] Headers)
{
    public FakeAnswer(int status, string body = "", params string[] headers)
        : this(status, Encoding.UTF8.GetBytes(body), headers)
    {
    }

    public int? CutAfter { get; init; }
}

/// <summary>An HTTP server on loopback that answers as a test says, one request a connection, and keeps what it was asked.</summary>
internal sealed class FakeServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<FakeRequest, FakeAnswer> _answer;
    private readonly X509Certificate2? _certificate;
    private readonly ConcurrentQueue<FakeRequest> _requests = [];

    public FakeServer(Func<FakeRequest, FakeAnswer> answer, X509Certificate2? certificate = null)
    {
        (_answer, _certificate) = (answer, certificate);
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Host => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    public string Url => $"{(_certificate is null ? "http" : "https")}://{Host}";

    /// <summary>What it was asked, without the probe for the scheme.</summary>
    public FakeRequest[] Requests => [.. _requests.Where(r => r.Line != "GET /v2/")];

    public string[] Lines => [.. Requests.Select(r => r.Line)];

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                TcpClient client = await _listener.AcceptTcpClientAsync();
                _ = Task.Run(() => ServeAsync(client));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                Stream stream = client.GetStream();
                if (_certificate is not null)
                {
                    var tls = new SslStream(stream);
                    await tls.AuthenticateAsServerAsync(_certificate);
                    stream = tls;
                }

                if (await ReadAsync(stream) is { } request)
                {
                    _requests.Enqueue(request);
                    await WriteAsync(stream, request, request.Line == "GET /v2/" ? new FakeAnswer(200) : _answer(request));
                    await stream.FlushAsync();
                }
            }
            catch (Exception e) when (e is IOException or SocketException or System.Security.Authentication.AuthenticationException)
            {
                // The client went away, or has another protocol.
            }
        }
    }

    private static async Task<FakeRequest?> ReadAsync(Stream stream)
    {
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one) == 0 || head.Length == 0 && !char.IsAsciiLetterUpper((char)one[0]))
            {
                return null;
            }

            head.Append((char)one[0]);
        }

        string[] lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Dictionary<string, string> headers = lines.Skip(1).Select(l => l.Split(": ", 2)).GroupBy(h => h[0].ToLowerInvariant()).ToDictionary(h => h.Key, h => string.Join(", ", h.Select(v => v[1])));
        byte[] body = new byte[int.Parse(headers.GetValueOrDefault("content-length", "0"), CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body);
        string[] words = lines[0].Split(' ');
        return new FakeRequest(words[0], words[1], headers, body);
    }

    private static async Task WriteAsync(Stream stream, FakeRequest request, FakeAnswer answer)
    {
        bool sized = answer.Headers.Any(h => h.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        string[] headers = [.. answer.Headers, .. sized ? [] : new[] { string.Create(CultureInfo.InvariantCulture, $"Content-Length: {answer.Body.Length}") }, "Connection: close"];
        await stream.WriteAsync(Encoding.UTF8.GetBytes($"HTTP/1.1 {answer.Status} Because\r\n{string.Join("\r\n", headers)}\r\n\r\n"));
        if (request.Method != "HEAD")
        {
            await stream.WriteAsync(answer.CutAfter is { } cut ? answer.Body.AsMemory(0, cut) : answer.Body);
        }
    }
}
