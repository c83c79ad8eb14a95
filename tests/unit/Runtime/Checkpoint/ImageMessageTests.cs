using Runtime.Checkpoint;

namespace Unit.Tests.Checkpoint;

/// <summary>Messages of images are read as criu reads them, and what could be read in two ways is refused.</summary>
public sealed class ImageMessageTests
{
    [Fact]
    public void Of_a_number_the_last_counts_and_of_a_message_all_parts()
    {
        var message = new ProtobufWriter();
        message.Number(1, 7);
        message.Number(1, 0x1_0000_0008);
        message.Message(2, m => m.Text(1, "a"));
        message.Message(2, m => m.Number(2, 5));
        message.Bytes(3, [1, 0x80, 1, 2]);
        message.Number(3, 9);
        var read = new ImageMessage("x.img", message.ToArray());
        Assert.Equal(8u, read.Number(1));
        Assert.Equal(("a", 5u), (read.Message(2)!.Text(1), read.Message(2)!.Number(2)));
        Assert.Equal(2, read.Messages(2).Count);
        Assert.Equal([1u, 128u, 2u, 9u], read.Numbers(3));
        Assert.Null(read.Number(4));
        Assert.Null(read.Message(4));
    }

    [Fact]
    public void What_another_reader_could_see_otherwise_is_refused_by_the_images_name()
    {
        var message = new ProtobufWriter();
        message.Text(1, "a\0b");
        message.Number(2, 1);
        var read = new ImageMessage("x.img", message.ToArray());
        Assert.Contains("x.img: a text has a NUL in it", Assert.Throws<ImageException>(() => read.Text(1)).Message, StringComparison.Ordinal);
        Assert.Throws<ImageException>(() => read.Number(1));
        Assert.Throws<ImageException>(() => read.Text(2));
        byte[] whole = message.ToArray();
        Assert.Throws<ImageException>(() => new ImageMessage("x.img", whole.AsSpan(0, whole.Length - 1)));
        Assert.Throws<ImageException>(() => new ImageMessage("x.img", [0x0b])); // a group
        Assert.Throws<ImageException>(() => new ImageMessage("x.img", [0x88, 0x80, 0x80, 0x80, 0x80, 1, 5])); // a field that has more than 32 bits
    }

    [Fact]
    public void A_list_of_messages_is_whole_and_of_the_kind_that_its_name_says()
    {
        byte[] image = ImageRecords.Write(ImageKind.CgroupMagic, [[8, 1], []]);
        Assert.Equal([[8, 1], []], ImageRecords.Read("x.img", image, ImageKind.CgroupMagic));
        Assert.Throws<ImageException>(() => ImageRecords.Read("x.img", image, ImageKind.CoreMagic));
        Assert.Throws<ImageException>(() => ImageRecords.Read("x.img", image.AsSpan(0, image.Length - 1), ImageKind.CgroupMagic));
        Assert.Throws<ImageException>(() => ImageRecords.Read("x.img", [], ImageKind.CgroupMagic));
        image[8] = 0xff;
        Assert.Throws<ImageException>(() => ImageRecords.Read("x.img", image, ImageKind.CgroupMagic));
    }

    [Theory]
    [InlineData("core-1.img", true)]
    [InlineData("tmpfs-dev-43.tar.gz.img", true)]
    [InlineData("ghost-file-1f.img", true)]
    [InlineData("pagemap-shmem-3.img", true)]
    [InlineData("core-.img", false)]
    [InlineData("core-1", false)]
    [InlineData("core-x1.img", false)]
    [InlineData("binfmt-misc.img", false)]
    [InlineData("apparmor.img", false)]
    [InlineData("autofs-5.img", false)]
    [InlineData("reg-files.img", false)]
    [InlineData("other.img", false)]
    public void An_image_is_of_a_known_kind_or_refused(string name, bool known) => Assert.Equal(known, ImageKind.Of(name) is not null);
}
