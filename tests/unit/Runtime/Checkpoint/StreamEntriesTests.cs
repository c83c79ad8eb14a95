using System.Buffers.Binary;
using Runtime.Checkpoint;

namespace Unit.Tests.Checkpoint;

/// <summary>What images say of standard streams is made to agree with the restorer's.</summary>
public sealed class StreamEntriesTests
{
    private const string Null = "file[1a:4]";
    private static readonly uint?[] s_unknown = [null, null, null];
    private static readonly CallerStream s_pipe = new(1, 0x1180, -29);
    private static readonly CallerStream s_log = new(0x401, 0x8180, 7);

    [Fact]
    public void An_entry_takes_mode_access_and_position_of_the_callers_stream_and_others_stay()
    {
        byte[] image = Image(File(1, "/etc/passwd", 0x8000, 3), File(2, Null, 0x8002, 99, size: 5, mode: 0x21b6));
        var inherited = new List<(string, int)>();
        byte[] rewritten = StreamEntries.Rewrite(image, [(Null, 1)], s_unknown, _ => s_log, inherited)!;
        Assert.Equal([("file[ffffffff:1]", 1)], inherited);
        Assert.Equal(["/etc/passwd flags=8000 pos=3 size=0 mode=0", "file[ffffffff:1] flags=501 pos=7 size=0 mode=8180"], Entries(rewritten));
        rewritten = StreamEntries.Rewrite(image, [(Null, 1)], s_unknown, _ => s_pipe, [])!;
        Assert.Equal("file[ffffffff:1] flags=101 pos=-1 size=0 mode=1180", Entries(rewritten)[1]);
    }

    [Fact]
    public void One_file_for_several_streams_is_read_as_the_input_and_written_as_the_output()
    {
        var inherited = new List<(string Key, int Stream)>();
        List<(string, int)> streams = [(Null, 0), (Null, 1), (Null, 2)];
        StreamEntries.Rewrite(Image(File(1, Null, 0, 0), File(2, Null, 1, 0)), streams, s_unknown, _ => s_log, inherited);
        Assert.Equal([0, 1], inherited.ConvertAll(i => i.Stream));
        inherited.Clear();
        StreamEntries.Rewrite(Image(File(1, Null, 2, 0), File(2, Null, 2, 0), File(3, Null, 2, 0)), streams, s_unknown, _ => s_log, inherited);
        Assert.Equal([0, 1, 2], inherited.ConvertAll(i => i.Stream));
    }

    [Fact]
    public void The_descriptors_say_which_entry_is_a_stream_and_a_null_device_of_the_guests_own_stays_one()
    {
        var inherited = new List<(string Key, int Stream)>();
        byte[] image = Image(File(1, Null, 0, 0, mode: 0x21b6), File(2, Null, 1, 0, mode: 0x21b6), File(3, Null, 0, 0, mode: 0x21b6), File(4, Null, 2, 0, mode: 0x21b6));
        byte[] rewritten = StreamEntries.Rewrite(image, [(Null, 0), (Null, 1)], [3, 2, null], stream => stream == StreamEntries.Nothing ? new(2, 0x21b6, 0) : s_log, inherited)!;
        Assert.Equal([("file[ffffffff:1]", 1), ("file[ffffffff:0]", 0), ("file[ffffffff:3]", 3)], inherited);
        Assert.Equal(
            ["file[ffffffff:3] flags=100 pos=0 size=0 mode=21b6", "file[ffffffff:1] flags=501 pos=7 size=0 mode=8180", "file[ffffffff:0] flags=501 pos=7 size=0 mode=8180", "file[ffffffff:3] flags=102 pos=0 size=0 mode=21b6"],
            Entries(rewritten));
    }

    [Fact]
    public void What_is_no_list_of_files_is_left_alone()
    {
        byte[] image = Image(File(1, Null, 0, 0));
        for (int length = 0; length < image.Length; length++)
        {
            byte[]? rewritten = StreamEntries.Rewrite(image.AsSpan(0, length), [(Null, 0)], s_unknown, _ => s_log, []);
            Assert.True(rewritten is null || length == 8);
        }

        image[0]++;
        Assert.Null(StreamEntries.Rewrite(image, [(Null, 0)], s_unknown, _ => s_log, []));
        Assert.Null(StreamEntries.Rewrite([0x19, 0x43, 0x56, 0x54, 0x38, 0x31, 0x30, 0x56, 0xff, 0xff, 0xff, 0xff, 1], [(Null, 0)], s_unknown, _ => s_log, []));
    }

    private static byte[] File(int id, string name, int flags, int position, int size = 0, int mode = 0)
    {
        var file = new ProtobufWriter();
        file.Number(1, 1);
        file.Number(2, id);
        file.Message(3, entry =>
        {
            entry.Number(1, id);
            entry.Number(2, flags);
            entry.Number(3, position);
            entry.Text(6, name);
            if (mode != 0)
            {
                entry.Number(8, size);
                entry.Number(10, mode);
            }
        });
        return file.ToArray();
    }

    private static byte[] Image(params byte[][] entries)
    {
        var bytes = new List<byte>([0x19, 0x43, 0x56, 0x54, 0x38, 0x31, 0x30, 0x56]);
        foreach (byte[] entry in entries)
        {
            byte[] length = new byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(length, entry.Length);
            bytes.AddRange([.. length, .. entry]);
        }

        return [.. bytes];
    }

    private static List<string> Entries(byte[] image)
    {
        var texts = new List<string>();
        for (int at = 8; at < image.Length;)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(at));
            texts.Add(Text(image.AsSpan(at + 4, length)));
            at += 4 + length;
        }

        return texts;
    }

    private static string Text(ReadOnlySpan<byte> entry)
    {
        long flags = 0, position = 0, size = 0, mode = 0;
        string name = "";
        var outer = new ProtobufReader(entry);
        while (outer.MoveNext())
        {
            var file = new ProtobufReader(outer.Field == 3 ? outer.Message : default);
            while (file.MoveNext())
            {
                flags = file.Field == 2 ? file.Number : flags;
                position = file.Field == 3 ? file.Number : position;
                name = file.Field == 6 ? file.Text : name;
                size = file.Field == 8 ? file.Number : size;
                mode = file.Field == 10 ? file.Number : mode;
            }
        }

        return $"{name} flags={flags:x} pos={position} size={size} mode={mode:x}";
    }
}
