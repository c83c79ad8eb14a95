using Runtime.Cgroups;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Unit.Tests.Cgroups;

/// <summary>Walks through trees as guests make them, on directories in the place of cgroups.</summary>
public sealed class CgroupTreeTests : IDisposable
{
    private const int Deep = 3000;
    private readonly FakeCgroupfs _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_tree_is_visited_from_its_top_to_its_leaves()
    {
        foreach (string path in (string[])["c/a/x", "c/a/y", "c/b"])
        {
            Directory.CreateDirectory(Path.Combine(_files.Root, path));
        }

        var seen = new List<string>();
        using Fd top = Sys.OpenAt(AT_FDCWD, Path.Combine(_files.Root, "c"), O_PATH | O_DIRECTORY);
        Assert.Equal(Errno.OK, CgroupTree.Walk(top.Number, (fd, depth) => seen.Add($"{depth} {Path.GetFileName(Sys.TryReadLinkAt(AT_FDCWD, $"/proc/self/fd/{fd}"))}")));
        Assert.Equal(["0 c", "1 a", "1 b", "2 x", "2 y"], seen.Order(StringComparer.Ordinal));
        Assert.True(seen.IndexOf("1 a") < seen.IndexOf("2 x"));
    }

    [Fact]
    public void However_deep_it_is_a_walk_holds_few_descriptors_and_comes_back()
    {
        Nest("c", Deep);
        int most = 0;
        int before = Open();
        using Fd top = Sys.OpenAt(AT_FDCWD, Path.Combine(_files.Root, "c"), O_PATH | O_DIRECTORY);
        int depths = 0;
        Assert.Equal(Errno.OK, CgroupTree.Walk(top.Number, (_, depth) =>
        {
            depths = Math.Max(depths, depth);
            most = depth % 500 == 0 ? Math.Max(most, Open() - before) : most;
        }));
        Assert.Equal(Deep, depths);

        // Other tests of this process open files, too, but not one for each level.
        Assert.True(most < 500, $"{most} descriptors");
        Assert.Equal(Errno.OK, CgroupTree.TryRemove(AT_FDCWD, Path.Combine(_files.Root, "c")));
        Assert.False(Directory.Exists(Path.Combine(_files.Root, "c")));
    }

    [Fact]
    public void What_cannot_be_removed_is_said_and_the_rest_goes()
    {
        Directory.CreateDirectory(Path.Combine(_files.Root, "c/a/x"));
        Directory.CreateDirectory(Path.Combine(_files.Root, "c/b/y"));
        _files.Write("c/b/y/held", string.Empty);
        Assert.Equal(Errno.ENOTEMPTY, CgroupTree.TryRemove(AT_FDCWD, Path.Combine(_files.Root, "c")));
        Assert.False(_files.Exists("c/a"));
        Assert.True(_files.Exists("c/b/y"));
        File.Delete(Path.Combine(_files.Root, "c/b/y/held"));
        Assert.Equal(Errno.OK, CgroupTree.TryRemove(AT_FDCWD, Path.Combine(_files.Root, "c")));
        Assert.Equal(Errno.OK, CgroupTree.TryRemove(AT_FDCWD, Path.Combine(_files.Root, "c")));
    }

    [Fact]
    public void Names_that_are_no_text_go_too()
    {
        Directory.CreateDirectory(Path.Combine(_files.Root, "c"));
        using (Fd top = Sys.OpenAt(AT_FDCWD, Path.Combine(_files.Root, "c"), O_PATH | O_DIRECTORY))
        {
            Assert.Equal(Errno.OK, Sys.TryMkdirAt(top.Number, FileName.Of([0xff, 0x80]), 0x1c0));
        }

        Assert.Equal(Errno.OK, CgroupTree.TryRemove(AT_FDCWD, Path.Combine(_files.Root, "c")));
    }

    private void Nest(string name, int depth)
    {
        Directory.CreateDirectory(Path.Combine(_files.Root, name));
        Fd at = Sys.OpenAt(AT_FDCWD, Path.Combine(_files.Root, name), O_PATH | O_DIRECTORY);
        for (int i = 0; i < depth; i++)
        {
            Assert.Equal(Errno.OK, Sys.TryMkdirAt(at.Number, "n", 0x1c0));
            Fd next = Sys.OpenAt(at.Number, "n", O_PATH | O_DIRECTORY);
            at.Dispose();
            at = next;
        }

        at.Dispose();
    }

    private static int Open() => Directory.GetFiles("/proc/self/fd").Length;
}
