using Integration.Tests.Harness;
using Integration.Tests.Images.Registry;

namespace Integration.Tests.Images;

/// <summary>A disk that is full: one clear error, nothing lost, room to be made, and the next pull goes on.</summary>
[HostOnly]
public sealed class FullDiskTests : IDisposable
{
    private const int Megabytes = 48;

    private readonly ImageStoreFixture _store = new("disk/store");
    private readonly DockerRegistry _registry = new();

    public void Dispose()
    {
        _registry.Dispose();
        Command.Run("umount", "-l", _store.Directory["disk"]).MustSucceed();
        _store.Dispose();
    }

    [Theory]
    [InlineData("tmpfs")]
    [InlineData("ext4")]
    public void A_pull_that_cannot_fit_is_refused_before_it_begins(string filesystem)
    {
        Mount(filesystem);
        using var image = new TestImage(4_000_000);
        string name = image.CopyTo(_registry, "large:1");
        _store.Run("images").MustSucceed();
        Leave(3);
        CommandResult refused = _store.Run("pull", name).MustExit(1);
        Assert.Matches($"^cctl: {name}: its layers are 4[0-9]{{6}} bytes compressed, and {_store.Store} has [0-9]+ bytes free: free some space .*\n$", refused.Stderr);
        Assert.Empty(_store.Content());
    }

    [Theory]
    [InlineData("tmpfs", 1_000_000, -20_000_000)] // The first fits; the second does as long as it is compressed.
    [InlineData("ext4", 1_000_000, -20_000_000)]
    [InlineData("tmpfs", 5_000_000, 4_000_000)] // Either fits, or neither as they are unpacked at once.
    [InlineData("ext4", 5_000_000, 4_000_000)]
    public void A_disk_that_fills_up_loses_nothing_and_the_next_pull_goes_on(string filesystem, int first, int second)
    {
        Mount(filesystem);
        string old = _store.Directory["old.tar"];
        Command.Run("bash", "-c", "head -c 300000 /dev/urandom > \"$1/old\" && tar -C \"$1\" -cf \"$2\" old", "-", _store.Directory.Path, old).MustSucceed();
        _store.Run("import", old, "old").MustSucceed();
        using var image = new TestImage(first, second);
        string name = image.CopyTo(_registry, "large:1");
        Leave(15);
        CommandResult failed = _store.Run("pull", name).MustExit(1);
        string error = Assert.Single(failed.Stderr.TrimEnd('\n').Split('\n'), l => l.StartsWith("cctl: ", StringComparison.Ordinal));
        Assert.Matches("ENOSPC: the filesystem is full", error);
        Assert.Empty(Directory.GetFileSystemEntries(_store.Store + "/tmp"));
        Assert.Equal("old", _store.Run("images", "--format", "{{.Repository}}").MustSucceed().Text);
        int complete = Layers() - 1;
        Assert.InRange(complete, 0, 1); // Two that are unpacked at once may both find the disk full.
        Assert.Contains(", 0 damaged", _store.Run("system", "check").MustSucceed().Stdout, StringComparison.Ordinal);

        // To the last byte: removing needs none.
        Command.Run("bash", "-c", "cat /dev/zero > \"$1\"", "-", _store.Directory["disk/filler2"]);
        _store.Run("rmi", "old").MustSucceed();
        Assert.Equal(complete, Layers());
        Command.Run("rm", _store.Directory["disk/filler"], _store.Directory["disk/filler2"]).MustSucceed();

        // What is not complete is fetched: nothing is asked for again.
        image.Layers.ToList().ForEach(l => File.Delete(_registry.FileOf(TestImage.Digest(l))));
        Assert.Equal(complete, _store.Run("pull", name).MustSucceed().Stderr.Split('\n').Count(l => l.EndsWith(": already there", StringComparison.Ordinal)));
        Assert.Equal("2 layers, 0 damaged\n", _store.Run("system", "check").MustSucceed().Stdout);
    }

    private int Layers() => Directory.GetDirectories(_store.Store + "/layers/sha256").Length;

    private void Mount(string filesystem)
    {
        string disk = Directory.CreateDirectory(_store.Directory["disk"]).FullName;
        string script = filesystem == "tmpfs"
            ? "mount -t tmpfs -o size=\"$2\"m tmpfs \"$1\""
            : "truncate -s \"$2\"M \"$1.image\" && mkfs.ext4 -q -m 0 -O ^has_journal \"$1.image\" && mount -o loop \"$1.image\" \"$1\"";
        Command.Run("bash", "-c", script, "-", disk, Megabytes.ToString(System.Globalization.CultureInfo.InvariantCulture)).MustSucceed();
    }

    // Writes as much as leaves so many megabytes free.
    private void Leave(int megabytes) =>
        Command.Run("bash", "-c", "free=$(($(stat -f -c '%a * %S' \"$1\"))) && fallocate -l $((free - $2 * 1000000)) \"$1/filler\"", "-", _store.Directory["disk"], megabytes.ToString(System.Globalization.CultureInfo.InvariantCulture)).MustSucceed();
}
