using Runtime.Checkpoint;

namespace Unit.Tests.Checkpoint;

/// <summary>criu gets a cgroup.img of our own making, in which nothing leads out of the container's cgroup.</summary>
public sealed class CgroupImageTests
{
    [Fact]
    public void What_the_guest_made_comes_below_the_containers_cgroup_and_the_cgroups_own_files_stay_the_runtimes()
    {
        byte[] image = Image("a/b", d =>
        {
            d.Message(2, c =>
            {
                c.Text(1, "x");
                Property(c, "pids.max", "5");
            });
            Property(d, "memory.max", "max");
        });
        Assert.Equal("set 2: /cctl/x, 5 | dir cctl (dir x pids.max=5 )", Text(CgroupImage.Rewrite(image, hasCgroup: true, ownNamespace: true)));
        Assert.Equal("set 2: /cctl/x | dir cctl (dir x pids.max=5 )", Text(CgroupImage.Rewrite(image, hasCgroup: true, ownNamespace: false)));
        Assert.Equal("set 2:", Text(CgroupImage.Rewrite(image, hasCgroup: false, ownNamespace: true)));
    }

    [Theory]
    [InlineData("../../../etc")]
    [InlineData("a/../../b")]
    [InlineData("a//b")]
    [InlineData("/a/b")]
    [InlineData("")]
    public void A_cgroup_elsewhere_is_refused(string name) => Assert.Throws<ImageException>(() => CgroupImage.Rewrite(Image(name, _ => { }), hasCgroup: true, ownNamespace: true));

    [Theory]
    [InlineData("..")]
    [InlineData("x/y")]
    [InlineData("cgroup.procs")]
    [InlineData("x\0y")]
    public void A_cgroup_below_has_a_plain_name(string name) =>
        Assert.Throws<ImageException>(() => CgroupImage.Rewrite(Image("a/b", d => d.Message(2, c => c.Text(1, name))), hasCgroup: true, ownNamespace: true));

    [Theory]
    [InlineData("../../../proc/sys/kernel/core_pattern")]
    [InlineData("x/pids.max")]
    [InlineData("devices.list")]
    [InlineData("release_agent")]
    [InlineData("pids.")]
    [InlineData("")]
    public void A_property_is_a_file_of_version_2(string name)
    {
        Assert.Equal(name == "pids.", !IsRefused(name, below: false));
        Assert.Equal(name == "pids.", !IsRefused(name, below: true));
    }

    [Fact]
    public void Several_trees_and_damaged_ones_are_refused_and_version_1_is_left_out()
    {
        var two = new ProtobufWriter();
        two.Message(2, c =>
        {
            c.Text(1, "");
            c.Message(2, d => d.Text(1, "a"));
            c.Message(2, d => d.Text(1, "b"));
        });
        Assert.Throws<ImageException>(() => CgroupImage.Rewrite(ImageRecords.Write(ImageKind.CgroupMagic, [two.ToArray()]), hasCgroup: true, ownNamespace: false));
        var old = new ProtobufWriter();
        old.Message(2, c =>
        {
            c.Text(1, "memory");
            c.Message(2, d => d.Text(1, "../x"));
        });
        Assert.Equal("", Text(CgroupImage.Rewrite(ImageRecords.Write(ImageKind.CgroupMagic, [old.ToArray()]), hasCgroup: true, ownNamespace: false)));
        Assert.Throws<ImageException>(() => CgroupImage.Rewrite([1, 2, 3], hasCgroup: true, ownNamespace: false));
    }

    private static bool IsRefused(string property, bool below)
    {
        byte[] image = Image("a/b", d =>
        {
            if (below)
            {
                d.Message(2, c =>
                {
                    c.Text(1, "x");
                    Property(c, property, "1");
                });
            }
            else
            {
                Property(d, property, "1");
            }
        });
        try
        {
            CgroupImage.Rewrite(image, hasCgroup: true, ownNamespace: true);
            return false;
        }
        catch (ImageException)
        {
            return true;
        }
    }

    private static byte[] Image(string name, Action<ProtobufWriter> directory)
    {
        var image = new ProtobufWriter();
        image.Message(1, set =>
        {
            set.Number(1, 2);
            set.Message(2, member =>
            {
                member.Text(1, "");
                member.Text(2, "/a/b/x");
                member.Number(3, 4);
            });
        });
        image.Message(2, controller =>
        {
            controller.Text(1, "");
            controller.Message(2, d =>
            {
                d.Text(1, name);
                directory(d);
            });
        });
        return ImageRecords.Write(ImageKind.CgroupMagic, [image.ToArray()]);
    }

    private static void Property(ProtobufWriter directory, string name, string value) => directory.Message(3, p =>
    {
        p.Text(1, name);
        p.Text(2, value);
    });

    private static string Text(byte[] image)
    {
        var message = new ImageMessage("cgroup.img", ImageRecords.Read("cgroup.img", image, ImageKind.CgroupMagic).Single());
        IEnumerable<string> sets = message.Messages(1).Select(s => $"set {s.Number(1)}:" + string.Concat(s.Messages(2).Select(m => $" {m.Text(2)}{(m.Number(3) is uint p ? $", {p}" : "")}")));
        return string.Join(" | ", sets.Concat(message.Messages(2).SelectMany(c => c.Messages(2)).Select(Directory)));
    }

    private static string Directory(ImageMessage directory) =>
        $"dir {directory.Text(1)} {string.Concat(directory.Messages(3).Select(p => $"{p.Text(1)}={p.Text(2)} "))}{(directory.Messages(2) is { Count: > 0 } all ? $"({string.Join(' ', all.Select(Directory))})" : "")}";
}
