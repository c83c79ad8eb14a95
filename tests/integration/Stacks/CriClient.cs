using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace Integration.Tests.Stacks;

/// <summary>Calls the CRI (runtime.v1.RuntimeService) as a kubelet does: gRPC, which is HTTP/2 with framed protocol buffers.</summary>
internal sealed class CriClient : IDisposable
{
    private readonly HttpClient _http;

    /// <summary>A client on a unix socket.</summary>
    public CriClient(string socket) => _http = new HttpClient(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancel) =>
        {
            var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancel).ConfigureAwait(false);
            return new NetworkStream(connection, ownsSocket: true);
        },
    })
    {
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        Timeout = Harness.Place.Deadline(12),
    };

    /// <summary>Calls a method to its end.</summary>
    /// <exception cref="CriException">It answered with an error.</exception>
    public ProtoReader Call(string method, ProtoWriter request)
    {
        byte[] message = request.ToArray();
        byte[] framed = new byte[message.Length + 5];
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), message.Length);
        message.CopyTo(framed, 5);
        using var post = new HttpRequestMessage(HttpMethod.Post, "http://cri/runtime.v1.RuntimeService/" + method)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(framed),
        };
        post.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        post.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        using HttpResponseMessage response = _http.SendAsync(post).GetAwaiter().GetResult();
        using var body = new MemoryStream();
        response.Content.ReadAsStream().CopyTo(body);
        string status = Header(response, "grpc-status") ?? response.StatusCode.ToString();
        if (status != "0")
        {
            throw new CriException($"{method}: {status}: {Uri.UnescapeDataString(Header(response, "grpc-message") ?? "")}");
        }

        return new ProtoReader(body.ToArray().AsMemory(5));
    }

    public void Dispose() => _http.Dispose();

    private static string? Header(HttpResponseMessage response, string name) =>
        response.TrailingHeaders.TryGetValues(name, out IEnumerable<string>? values) || response.Headers.TryGetValues(name, out values) ? values.First() : null;
}

/// <summary>A call of the CRI that answered with an error.</summary>
internal sealed class CriException(string message) : Exception(message);

/// <summary>Writes a message of protocol buffers: numbers, texts and messages by their field numbers.</summary>
internal sealed class ProtoWriter
{
    private readonly List<byte> _bytes = [];

    /// <summary>Adds a number (varint).</summary>
    public ProtoWriter Number(int field, long value)
    {
        Varint((ulong)field << 3);
        Varint((ulong)value);
        return this;
    }

    /// <summary>Adds texts, each under the same field.</summary>
    public ProtoWriter Text(int field, params string[] values)
    {
        foreach (string value in values)
        {
            Bytes(field, System.Text.Encoding.UTF8.GetBytes(value));
        }

        return this;
    }

    /// <summary>Adds a message.</summary>
    public ProtoWriter Message(int field, ProtoWriter value) => Bytes(field, value.ToArray());

    /// <summary>The encoded message.</summary>
    public byte[] ToArray() => [.. _bytes];

    private ProtoWriter Bytes(int field, byte[] value)
    {
        Varint(((ulong)field << 3) | 2);
        Varint((ulong)value.Length);
        _bytes.AddRange(value);
        return this;
    }

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            _bytes.Add((byte)(value | 0x80));
        }

        _bytes.Add((byte)value);
    }
}

/// <summary>Reads a message of protocol buffers.</summary>
internal sealed class ProtoReader
{
    private readonly List<(int Field, ulong Number, ReadOnlyMemory<byte> Bytes)> _fields = [];

    /// <summary>Parses a message of varints and length-delimited fields; fixed ones are passed over.</summary>
    public ProtoReader(ReadOnlyMemory<byte> bytes)
    {
        int at = 0;
        while (at < bytes.Length)
        {
            ulong tag = Varint(bytes.Span, ref at);
            ulong value = (tag & 7) switch { 1 => 8, 5 => 4, _ => Varint(bytes.Span, ref at) };
            bool hasBytes = (tag & 7) != 0;
            _fields.Add(((int)(tag >> 3), value, hasBytes ? bytes.Slice(at, (int)value) : default));
            at += hasBytes ? (int)value : 0;
        }
    }

    /// <summary>A text; empty where there is none.</summary>
    public string Text(int field) => System.Text.Encoding.UTF8.GetString(Find(field).Bytes.Span);

    /// <summary>A number; 0 where there is none.</summary>
    public long Number(int field) => (long)Find(field).Number;

    /// <summary>A message; an empty one where there is none.</summary>
    public ProtoReader Message(int field) => new(Find(field).Bytes);

    /// <summary>All messages under a field.</summary>
    public List<ProtoReader> Messages(int field) => [.. _fields.Where(f => f.Field == field).Select(f => new ProtoReader(f.Bytes))];

    private (int Field, ulong Number, ReadOnlyMemory<byte> Bytes) Find(int field) => _fields.Find(f => f.Field == field);

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte part = bytes[at++];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }
    }
}
