using Runtime.Checkpoint;

namespace Unit.Tests.Checkpoint;

/// <summary>criu's messages, and what is read from files that anybody may have written.</summary>
public sealed class CriuMessageTests
{
    [Fact]
    public void Numbers_texts_and_messages_are_encoded_as_protocol_buffers_have_them()
    {
        var writer = new ProtobufWriter();
        writer.Number(1, 150);
        writer.Text(2, "testing");
        writer.Message(3, inner => inner.Number(1, 1));
        writer.Flag(4, false);
        writer.Text(5, null);
        writer.Number(17, 2);
        Assert.Equal([0x08, 0x96, 0x01, 0x12, 7, .. "testing"u8, 0x1a, 2, 0x08, 1, 0x88, 0x01, 2], writer.ToArray());
    }

    [Fact]
    public void A_notification_is_read_with_its_script_and_pid()
    {
        var message = new ProtobufWriter();
        message.Number(1, (int)CriuRequestType.Notify);
        message.Number(2, 1);
        message.Number(99, -5);
        message.Message(5, notify =>
        {
            notify.Text(1, "post-restore");
            notify.Number(2, 4711);
        });
        CriuReply reply = CriuReply.Decode(message.ToArray());
        Assert.Equal((CriuRequestType.Notify, true, "post-restore", 4711), (reply.Type, reply.Success, reply.Script, reply.Pid));
    }

    [Fact]
    public void A_damaged_message_ends_early_and_throws_nothing()
    {
        var message = new ProtobufWriter();
        message.Number(1, (int)CriuRequestType.Dump);
        message.Number(2, 1);
        message.Text(9, "a message");
        byte[] whole = message.ToArray();
        for (int length = 0; length < whole.Length; length++)
        {
            CriuReply.Decode(whole.AsSpan(0, length));
        }

        Assert.False(CriuReply.Decode([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).Success);
        Assert.False(CriuReply.Decode([0x12, 0xff, 0xff, 0xff, 0xff, 0x0f]).Success);
    }

    [Fact]
    public void The_first_error_of_the_log_is_told_without_time_and_place_and_without_control_characters()
    {
        const string Log = "(00.001) Warn  (criu/a.c:1): nothing\n(00.250) Error (criu/sk-inet.c:191): inet: Connected TCP socket,\u001b[31m consider using --tcp-established\n(00.3) Error (criu/cr-dump.c:2053): Dumping FAILED.\n";
        Assert.Equal("inet: Connected TCP socket,?[31m consider using --tcp-established", CriuLog.FirstError(Log));
        Assert.Null(CriuLog.FirstError("(00.1) all is well\n"));
        Assert.Equal("Error (", CriuLog.FirstError("Error ("));
    }
}
