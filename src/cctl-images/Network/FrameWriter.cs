using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using CctlImages.Credentials;
using CctlImages.Registry;

namespace CctlImages.Network;

/// <summary>Writes the payload of a frame: numbers of 64 bits, little-endian, and bytes behind their length.</summary>
internal sealed class FrameWriter
{
    private readonly ArrayBufferWriter<byte> _buffer = new();

    /// <summary>A payload without anything before it.</summary>
    public FrameWriter()
    {
    }

    /// <summary>The payload of a request.</summary>
    public FrameWriter(NetworkOperation operation) => _buffer.Write([(byte)operation]);

    /// <summary>What was written.</summary>
    public ReadOnlySpan<byte> Written => _buffer.WrittenSpan;

    /// <summary>Writes a number.</summary>
    public FrameWriter Number(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_buffer.GetSpan(8), value);
        _buffer.Advance(8);
        return this;
    }

    /// <summary>Writes bytes.</summary>
    public FrameWriter Bytes(ReadOnlySpan<byte> value)
    {
        Number(value.Length);
        _buffer.Write(value);
        return this;
    }

    /// <summary>Writes a text as UTF-8.</summary>
    public FrameWriter Text(string value) => Bytes(Encoding.UTF8.GetBytes(value));

    /// <summary>Writes an endpoint.</summary>
    public FrameWriter Endpoint(Endpoint endpoint)
    {
        Text(endpoint.Host).Text(endpoint.Prefix).Number(endpoint.Insecure ? 1 : 0)
            .Bytes(endpoint.Authorities).Bytes(endpoint.ClientCertificate).Bytes(endpoint.ClientKey);
        return endpoint.Credential is { } credential
            ? Number(1).Text(credential.User).Text(credential.Password).Text(credential.IdentityToken).Text(credential.RegistryToken)
            : Number(0);
    }

    /// <summary>Writes endpoints.</summary>
    public FrameWriter Endpoints(IReadOnlyList<Endpoint> endpoints)
    {
        Number(endpoints.Count);
        foreach (Endpoint endpoint in endpoints)
        {
            Endpoint(endpoint);
        }

        return this;
    }
}
