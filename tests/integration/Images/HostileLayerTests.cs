using Integration.Tests.Harness;
using Unit.Tests.Images.Tar;

namespace Integration.Tests.Images;

/// <summary>Layers that ask for what they may not: one error each, which names the entry, and nothing left.</summary>
[HostOnly]
public sealed class HostileLayerTests : IDisposable
{
    private readonly ImageStoreFixture _store = new();

    public void Dispose() => _store.Dispose();

    public static TheoryData<string, string> Attacks => new()
    {
        { "climbs", "leads out of the layer" },
        { "link out", "leads out of the layer, through a symlink" },
        { "hard link out", "leads out of the layer" },
        { "twice", "the layer has it twice" },
        { "overlay attribute", "overlayfs's own" },
        { "whiteout device", "overlayfs's mark" },
        { "whiteout of nothing", "a whiteout of nothing" },
        { "lying size", "it ends too early" },
        { "bomb of holes", "more than" },
        { "checksum", "damaged" },
        { "cut gzip", "" },
        { "gzip bomb", "a decompression bomb" },
        { "no archive", "it is not a tar archive" },
        { "link to nothing", "which neither it nor a lower layer has" },
    };

    [Theory]
    [MemberData(nameof(Attacks))]
    public void Each_is_one_error_and_leaves_nothing(string attack, string words)
    {
        string outside = _store.Directory["outside"];
        Directory.CreateDirectory(outside);
        string path = _store.Directory["attack.tar"];
        File.WriteAllBytes(path, Make(attack));
        CommandResult refused = _store.Run("import", path, "attack").MustExit(1);
        string error = Assert.Single(refused.Stderr.TrimEnd('\n').Split('\n'), l => l.StartsWith("cctl: ", StringComparison.Ordinal));
        Assert.Contains(words, error, StringComparison.Ordinal);
        Assert.DoesNotContain("internal error", error, StringComparison.Ordinal);
        Assert.Empty(_store.Content());
        Assert.Empty(Directory.GetFileSystemEntries(outside));
    }

    private static byte[] Make(string attack) => attack switch
    {
        "climbs" => new TarBuilder().File("ok", "").File("../../outside/x", "bad").End(),
        "link out" => new TarBuilder().Symlink("l", "../../../../outside").File("l/x", "bad").End(),
        "hard link out" => new TarBuilder().Link("x", "../../../etc/passwd").End(),
        "twice" => new TarBuilder().File("x", "1").File("./x", "2").End(),
        "overlay attribute" => new TarBuilder().Pax('x', ("SCHILY.xattr.trusted.overlay.redirect", "/etc")).Directory("d").End(),
        "whiteout device" => new TarBuilder().Header("x"u8.ToArray(), '3', 0, 0).End(),
        "whiteout of nothing" => new TarBuilder().File("d/.wh...", "").End(),
        "lying size" => new TarBuilder().File("x", "short", size: 1 << 20).WithoutEnd(),
        "bomb of holes" => new TarBuilder().Pax('x', ("GNU.sparse.size", "9000000000000000000"), ("GNU.sparse.map", "0,512")).Header("x"u8.ToArray(), '0', 512, 0b110_100_100).Content(new byte[512]).End(),
        "checksum" => Broken(new TarBuilder().File("x", "1").File("y", "2").End()),
        "cut gzip" => Gzip(new TarBuilder().File("x", new string('x', 100_000)).End())[..^20],
        "gzip bomb" => Bomb(),
        "no archive" => new byte[100_000].Select((_, i) => (byte)(i * 7)).ToArray(),
        "link to nothing" => new TarBuilder().Link("x", "nowhere/file").End(),
        _ => throw new ArgumentException(attack),
    };

    private static byte[] Broken(byte[] archive)
    {
        archive[1024 + 3] ^= 1;
        return archive;
    }

    private static byte[] Gzip(byte[] plain)
    {
        var compressed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(compressed, System.IO.Compression.CompressionLevel.SmallestSize, leaveOpen: true))
        {
            gzip.Write(plain);
        }

        return compressed.ToArray();
    }

    // Members one after another, each a few bytes for a mebibyte of zeros: what follows an archive's end belongs to it.
    private static byte[] Bomb()
    {
        byte[] zeros = Gzip(new byte[16 << 20]);
        var all = new List<byte>(Gzip(new TarBuilder().File("x", "1").End()));
        for (int i = 0; i < 80; i++)
        {
            all.AddRange(zeros);
        }

        return [.. all];
    }
}
