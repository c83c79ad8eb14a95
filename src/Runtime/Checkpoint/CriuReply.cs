namespace Runtime.Checkpoint;

/// <summary>An answer or a notification of criu's: <c>criu_resp</c> of its images/rpc.proto.</summary>
internal readonly struct CriuReply
{
    private CriuReply(CriuRequestType type, bool success, int pid, string script, int errno)
    {
        Type = type;
        Success = success;
        Pid = pid;
        Script = script;
        Errno = errno;
    }

    /// <summary>What is answered, or <see cref="CriuRequestType.Notify"/>.</summary>
    public CriuRequestType Type { get; }

    /// <summary>Whether it was done.</summary>
    public bool Success { get; }

    /// <summary>The tree's root in this process's pid namespace, where the message names it.</summary>
    public int Pid { get; }

    /// <summary>Of a notification: what was reached.</summary>
    public string Script { get; }

    /// <summary>The errno of a failure, or 0.</summary>
    public int Errno { get; }

    /// <summary>Reads a message.</summary>
    public static CriuReply Decode(ReadOnlySpan<byte> message)
    {
        var reader = new ProtobufReader(message);
        var type = default(CriuRequestType);
        bool success = false;
        int pid = 0, errno = 0;
        string script = string.Empty;
        while (reader.MoveNext())
        {
            switch (reader.Field)
            {
                case 1:
                    type = (CriuRequestType)reader.Number;
                    break;
                case 2:
                    success = reader.Number != 0;
                    break;
                case 4: // restore
                    Inner(reader.Message, 1, ref pid, ref script);
                    break;
                case 5: // notify
                    Inner(reader.Message, 2, ref pid, ref script);
                    break;
                case 7:
                    errno = (int)reader.Number;
                    break;
            }
        }

        return new CriuReply(type, success, pid, script, errno);
    }

    private static void Inner(ReadOnlySpan<byte> message, int pidField, ref int pid, ref string script)
    {
        var reader = new ProtobufReader(message);
        while (reader.MoveNext())
        {
            if (reader.Field == pidField)
            {
                pid = (int)reader.Number;
            }
            else if (reader.Field == 1)
            {
                script = reader.Text;
            }
        }
    }
}
