using System.Buffers.Binary;
using Runtime.Linux.Netlink;

namespace Unit.Tests.Linux;

/// <summary>What comes from a netlink socket is read within its bounds, whatever its lengths say (CVE-2021-43784).</summary>
public sealed class NetlinkReaderTests
{
    private static byte[] Message(uint length, params byte[] body)
    {
        byte[] bytes = new byte[16 + body.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, length);
        body.CopyTo(bytes, 16);
        return bytes;
    }

    [Fact]
    public void Messages_are_read_one_after_the_other()
    {
        var reader = new NetlinkReader([.. Message(17, 1), 0, 0, 0, .. Message(18, 2, 3)]);
        Assert.True(reader.MoveNext());
        Assert.Equal([1], reader.Body.ToArray());
        Assert.True(reader.MoveNext());
        Assert.Equal([2, 3], reader.Body.ToArray());
        Assert.False(reader.MoveNext());
        Assert.False(reader.IsDamaged);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(15u)]
    [InlineData(21u)]
    [InlineData(0x7fffffffu)]
    [InlineData(0x80000000u)]
    [InlineData(0xffffffffu)]
    public void A_message_of_a_wrong_length_ends_the_reading(uint length)
    {
        var reader = new NetlinkReader(Message(length, 1, 2, 3, 4));
        Assert.False(reader.MoveNext());
        Assert.True(reader.IsDamaged);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    public void Less_than_a_header_ends_the_reading(int length)
    {
        var reader = new NetlinkReader(new byte[length]);
        Assert.False(reader.MoveNext());
        Assert.True(reader.IsDamaged);
    }

    [Fact]
    public void Attributes_are_read_one_after_the_other()
    {
        var attributes = new NetlinkAttributes([5, 0, 1, 0, 9, 0, 0, 0, 4, 0, 2, 0x80]);
        Assert.True(attributes.MoveNext());
        Assert.Equal((1, 9), (attributes.Type, attributes.Value[0]));
        Assert.True(attributes.MoveNext());
        Assert.Equal((2, 0), (attributes.Type, attributes.Value.Length));
        Assert.False(attributes.MoveNext());
        Assert.False(attributes.IsDamaged);
    }

    [Theory]
    [InlineData((ushort)0)]
    [InlineData((ushort)3)]
    [InlineData((ushort)9)]
    [InlineData((ushort)0xffff)]
    public void An_attribute_of_a_wrong_length_ends_the_reading(ushort length)
    {
        byte[] bytes = [0, 0, 1, 0, 1, 2, 3, 4];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, length);
        var attributes = new NetlinkAttributes(bytes);
        Assert.False(attributes.MoveNext());
        Assert.True(attributes.IsDamaged);
    }

    [Fact]
    public void No_bytes_at_all_can_make_a_reader_leave_its_bounds()
    {
        var random = new Random(5);
        byte[] bytes = new byte[64];
        for (int i = 0; i < 20_000; i++)
        {
            random.NextBytes(bytes);
            bytes[0] = (byte)random.Next(80);
            bytes[1] = bytes[2] = bytes[3] = 0;
            var reader = new NetlinkReader(bytes.AsSpan(0, random.Next(65)));
            while (reader.MoveNext())
            {
                var attributes = new NetlinkAttributes(reader.Body);
                while (attributes.MoveNext())
                {
                    Assert.InRange(attributes.Value.Length, 0, 64);
                }
            }
        }
    }

    [Fact]
    public void A_request_that_does_not_fit_is_refused() =>
        Assert.Throws<ArgumentException>(() => NetlinkRequest.Of(16, 0, 0L).With(3, new byte[4000]));
}
