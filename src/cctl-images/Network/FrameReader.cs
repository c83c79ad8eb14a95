using System.Buffers.Binary;
using System.Text;
using CctlImages.Credentials;
using CctlImages.Registry;

namespace CctlImages.Network;

/// <summary>Reads what <see cref="FrameWriter"/> wrote; the other side may have written anything.</summary>
internal ref struct FrameReader(ReadOnlySpan<byte> payload)
{
    private const int MostEndpoints = 64;

    private ReadOnlySpan<byte> _rest = payload;

    /// <summary>Reads a number.</summary>
    /// <exception cref="InvalidDataException">The frame ends before.</exception>
    public long Number()
    {
        long value = _rest.Length >= 8 ? BinaryPrimitives.ReadInt64LittleEndian(_rest) : throw Malformed();
        _rest = _rest[8..];
        return value;
    }

    /// <summary>Reads bytes.</summary>
    /// <exception cref="InvalidDataException">The frame ends before.</exception>
    public ReadOnlySpan<byte> Bytes()
    {
        long length = Number();
        if (length < 0 || length > _rest.Length)
        {
            throw Malformed();
        }

        ReadOnlySpan<byte> value = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return value;
    }

    /// <summary>Reads a text.</summary>
    /// <exception cref="InvalidDataException">The frame ends before.</exception>
    public string Text() => Encoding.UTF8.GetString(Bytes());

    /// <summary>Reads an endpoint.</summary>
    /// <exception cref="InvalidDataException">The frame ends before.</exception>
    public Endpoint Endpoint()
    {
        var endpoint = new Endpoint(Text())
        {
            Prefix = Text(),
            Insecure = Number() != 0,
            Authorities = Bytes().ToArray(),
            ClientCertificate = Bytes().ToArray(),
            ClientKey = Bytes().ToArray(),
        };
        return Number() == 0 ? endpoint : endpoint with { Credential = new Credential(Text(), Text(), Text(), Text()) };
    }

    /// <summary>Reads endpoints.</summary>
    /// <exception cref="InvalidDataException">The frame ends before, or there are too many or none.</exception>
    public Endpoint[] Endpoints()
    {
        long count = Number();
        var endpoints = new Endpoint[count is > 0 and <= MostEndpoints ? count : throw Malformed()];
        for (int i = 0; i < endpoints.Length; i++)
        {
            endpoints[i] = Endpoint();
        }

        return endpoints;
    }

    private static InvalidDataException Malformed() => new("a frame of the network process is malformed");
}
