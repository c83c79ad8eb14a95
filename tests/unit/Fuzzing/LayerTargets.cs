using System.Security.Cryptography;
using System.Text;
using OciSpec;
using OciSpec.Image;
using Runtime.Images;
using Runtime.Images.Layers;
using Runtime.Images.Tar;
using Runtime.Linux;
using Unit.Tests.Images.Tar;

namespace Unit.Tests.Fuzzing;

/// <summary>What images bring: layers, which are unpacked and put together again, and configs and archives' lists.</summary>
internal static class LayerTargets
{
    private const int MostFiles = 1 << 20;

    private static readonly string[] s_words =
    [
        "../", "/", "..", ".wh.", ".wh..wh..opq", "ustar\0", "ustar  \0", "././@LongLink", "20 path=a\n", "777777777777", "\0\0\0", "SCHILY.xattr.user.a", "SCHILY.xattr.user.overlay.opaque",
        "GNU.sparse.map", "GNU.sparse.major=1\n", "0,512,1024,512", "\x80\0\0\0\0\0\0\0\0\0\0\x01",
    ];

    private static readonly string[] s_json = ["{", "}", "[", "]", ",", ":", "\"", "null", "\"rootfs\"", "\"diff_ids\"", "\"Layers\"", "sha256:", "\"layers\"", "\"os\"", "1e9"];

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("layer", [Plain(), Special(), Sparse()], s_words, b => Layer(FuzzTargets.WithChecksums(b)), typeof(TarException)),
        new("skeleton", [SkeletonOf(Plain())], ["\0\0\0\0\0", "\u0001\0\0\0\0"], b => Archive(b), typeof(ImageException)),
        new("image-config", [Encoding.UTF8.GetBytes(Config)], s_json, b => ImageFile.ParseConfig(b).Rootfs?.DiffIds?.Count, typeof(ConfigException)),
        new("docker-archive", [Encoding.UTF8.GetBytes("""[{"Config":"c.json","RepoTags":["a:1"],"Layers":["l/layer.tar"]}]""")], s_json, b => ImageFile.ParseDockerArchive(b).Count, typeof(ConfigException)),
    ];

    private static string Config =>
        """{"architecture":"amd64","os":"linux","config":{"Env":["A=b"],"Cmd":["sh"],"ExposedPorts":{"80/tcp":{}}},"rootfs":{"type":"layers","diff_ids":["sha256:"""
        + new string('a', 64) + "\"]},\"history\":[{\"created_by\":\"x\"}]}";

    private static byte[] Plain() => new TarBuilder().Directory("d").File("d/a", "content").Symlink("l", "d").File("l/b", "2").Link("h", "d/a").End();

    private static byte[] Special() => new TarBuilder()
        .Pax('x', ("path", "long/name"), ("mtime", "1.5"), ("SCHILY.xattr.user.x", "y")).File("short", "1").File("d/.wh.gone", "").File("d/.wh..wh..opq", "")
        .Header("fifo"u8.ToArray(), '6', 0, 0b110_100_100).End();

    private static byte[] Sparse() => new TarBuilder()
        .Pax('x', ("GNU.sparse.size", "8192"), ("GNU.sparse.map", "512,512,4096,512")).Header("s"u8.ToArray(), '0', 1024, 0b110_100_100).Content(new byte[1024]).End();

    // Whatever is taken must come again to the byte, and nothing may lie beside the layer's root.
    private static string Layer(byte[] input)
    {
        using var directory = new ScratchDirectory();
        string inside = Directory.CreateDirectory(directory.Path + "/a/b/root").FullName;
        using Fd root = Sys.OpenAt(Abi.AT_FDCWD, inside, Abi.O_RDONLY | Abi.O_DIRECTORY);
        using var skeleton = new MemoryStream();
        try
        {
            Unpack(input, root, skeleton);
        }
        finally
        {
            Assert.Equal([directory.Path + "/a"], Directory.GetFileSystemEntries(directory.Path));
            Assert.Equal([inside], Directory.GetFileSystemEntries(directory.Path + "/a/b"));
        }

        skeleton.Position = 0;
        using var again = new LayerArchiveStream(skeleton, root);
        Assert.Equal(SHA256.HashData(input), SHA256.HashData(again));
        return string.Join(' ', Directory.GetFileSystemEntries(inside).Select(e => Path.GetFileName(e).Length));
    }

    private static void Unpack(byte[] input, Fd root, MemoryStream skeleton)
    {
        using var unpacker = new LayerUnpacker(root, new LayerOptions { UserXattrs = true, WithoutDevices = true });
        var writer = new LayerSkeletonWriter(skeleton);
        using var stream = new MemoryStream(input);
        unpacker.Unpack(new TarReader(stream, new TarLimits { Bytes = MostFiles }, writer), writer);
        writer.Flush();
    }

    private static byte[] SkeletonOf(byte[] archive)
    {
        using var directory = new ScratchDirectory();
        using Fd root = Sys.OpenAt(Abi.AT_FDCWD, directory.Path, Abi.O_RDONLY | Abi.O_DIRECTORY);
        using var skeleton = new MemoryStream();
        Unpack(archive, root, skeleton);
        return skeleton.ToArray();
    }

    private static long Archive(byte[] skeleton)
    {
        using var directory = new ScratchDirectory();
        File.WriteAllText(directory.Path + "/a", "content");
        using Fd root = Sys.OpenAt(Abi.AT_FDCWD, directory.Path, Abi.O_RDONLY | Abi.O_DIRECTORY);
        using var archive = new LayerArchiveStream(new MemoryStream(skeleton), root);
        byte[] buffer = new byte[4096];
        long length = 0;
        int read;
        while (length < MostFiles && (read = archive.Read(buffer)) > 0)
        {
            length += read;
        }

        return length;
    }
}
