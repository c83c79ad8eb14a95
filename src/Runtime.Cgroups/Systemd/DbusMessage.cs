using System.Buffers.Binary;

namespace Runtime.Cgroups.Systemd;

/// <summary>A message of D-Bus: a call that goes out, or what comes in.</summary>
internal sealed class DbusMessage
{
    /// <summary>Bytes of the fixed part of a header, up to and with the length of its fields.</summary>
    public const int FixedHeader = 16;

    /// <summary>More than any message that is waited for.</summary>
    public const int MostBytes = 1 << 20;

    private const byte MethodCall = 1, MethodReturn = 2, Error = 3, Signal = 4;

    /// <summary>It answers a call.</summary>
    public bool IsReply { get; private init; }

    /// <summary>It is a signal.</summary>
    public bool IsSignal { get; private init; }

    /// <summary>The call that it answers.</summary>
    public uint ReplySerial { get; private set; }

    /// <summary>Name of the error; null where it is none.</summary>
    public string? ErrorName { get; private set; }

    /// <summary>Name of the signal.</summary>
    public string Member { get; private set; } = string.Empty;

    /// <summary>Signature of the body.</summary>
    public string Signature { get; private set; } = string.Empty;

    /// <summary>The arguments.</summary>
    public byte[] Body { get; private set; } = [];

    /// <summary>A method call with its arguments, ready to be sent.</summary>
    public static ReadOnlySpan<byte> Call(uint serial, string destination, string path, string @interface, string member, string signature, DbusWriter? arguments)
    {
        var writer = new DbusWriter();
        writer.Byte((byte)'l');
        writer.Byte(MethodCall);
        writer.Byte(0);
        writer.Byte(1);
        writer.UInt32((uint)(arguments?.Length ?? 0));
        writer.UInt32(serial);
        (int, int) fields = writer.BeginArray(8);
        Field(writer, 1, "o", path);
        Field(writer, 2, "s", @interface);
        Field(writer, 3, "s", member);
        Field(writer, 6, "s", destination);
        if (signature.Length > 0)
        {
            Field(writer, 8, "g", signature);
        }

        writer.EndArray(fields);
        writer.Align(8);
        foreach (byte b in arguments is null ? default : arguments.Bytes)
        {
            writer.Byte(b);
        }

        return writer.Bytes;
    }

    /// <summary>The whole length of the message that begins with these 16 bytes.</summary>
    /// <exception cref="DbusException">They begin no message of a length that is believed.</exception>
    public static int LengthOf(ReadOnlySpan<byte> head)
    {
        if (head[0] != 'l' || head[3] != 1)
        {
            throw new DbusException(DbusException.Protocol, "not a little-endian message of version 1");
        }

        long body = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
        long fields = BinaryPrimitives.ReadUInt32LittleEndian(head[12..]);
        long length = FixedHeader + ((fields + 7) & ~7L) + body;
        return length <= MostBytes ? (int)length : throw new DbusException(DbusException.Protocol, $"a message of {length} bytes");
    }

    /// <summary>Reads a whole message.</summary>
    /// <exception cref="DbusException">It is malformed.</exception>
    public static DbusMessage Parse(ReadOnlySpan<byte> bytes)
    {
        byte type = bytes[1];
        var message = new DbusMessage { IsReply = type is MethodReturn or Error, IsSignal = type == Signal };
        int fieldsEnd = FixedHeader + (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]);
        var reader = new DbusReader(bytes[..fieldsEnd]);
        for (int i = 0; i < FixedHeader / 4; i++)
        {
            reader.UInt32();
        }

        while (!reader.IsEnd)
        {
            reader.Align(8);
            message.ReadField(ref reader);
        }

        if (type == Error && message.ErrorName is null)
        {
            throw new DbusException(DbusException.Protocol, "an error without a name");
        }

        message.Body = bytes[((fieldsEnd + 7) & ~7)..].ToArray();
        return message;
    }

    private void ReadField(ref DbusReader reader)
    {
        byte code = reader.Byte();
        string type = reader.Signature();
        switch (code, type)
        {
            case (3, "s"):
                Member = reader.String();
                break;
            case (4, "s"):
                ErrorName = reader.String();
                break;
            case (5, "u"):
                ReplySerial = reader.UInt32();
                break;
            case (8, "g"):
                Signature = reader.Signature();
                break;
            default:
                reader.SkipBasic(type.Length == 1 ? type[0] : '?');
                break;
        }
    }

    private static void Field(DbusWriter writer, byte code, string type, string value)
    {
        writer.Align(8);
        writer.Byte(code);
        writer.Signature(type);
        if (type == "g")
        {
            writer.Signature(value);
        }
        else
        {
            writer.String(value);
        }
    }
}
