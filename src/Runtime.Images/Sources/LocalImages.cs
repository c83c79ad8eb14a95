using Microsoft.Win32.SafeHandles;
using OciSpec;
using OciSpec.Image;
using Runtime.Images.Fetch;
using Runtime.Images.Store;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Images.Sources;

/// <summary>
/// Images in files and directories, named as containers-transports(5) has it: <c>oci:DIRECTORY[:NAME]</c>,
/// <c>oci-archive:FILE[:NAME]</c>, <c>docker-archive:FILE[:NAME]</c>; and a root filesystem as <c>tar:FILE</c> or <c>dir:DIRECTORY</c>. A file may be <c>-</c>, standard input.
/// </summary>
public static class LocalImages
{
    private static readonly string[] s_transports = ["oci", "oci-archive", "docker-archive", "tar", "dir"];

    /// <summary>Whether a name is one of these.</summary>
    public static bool IsLocal(string text) => Array.Exists(s_transports, t => text.StartsWith(t + ":", StringComparison.Ordinal));

    /// <summary>Opens what a name with a transport says.</summary>
    /// <param name="text">The name.</param>
    /// <param name="store">Its tmp/ takes what comes by standard input.</param>
    /// <exception cref="ImageException">There is no such image.</exception>
    public static List<LocalImage> Open(string text, ImageStore store)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string transport = text[..colon];
        string path = text[(colon + 1)..];
        string? name = null;
        int second = path.IndexOf(':', StringComparison.Ordinal);
        if (second >= 0 && transport is not ("tar" or "dir"))
        {
            name = path[(second + 1)..];
            path = path[..second];
        }

        try
        {
            return transport switch
            {
                "oci" => LayoutSource.Open(new DirectoryMembers(path), name),
                "oci-archive" => LayoutSource.Open(OpenArchive(path, store), name),
                "docker-archive" => DockerArchiveSource.Open(OpenArchive(path, store), name),
                _ => [OpenTarball(path, store, new ContainerDefaults(), "")],
            };
        }
        catch (ConfigException e)
        {
            throw new ImageException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>Opens an archive of either kind, whichever it is.</summary>
    /// <param name="path">The file; <c>-</c>: standard input.</param>
    /// <param name="store">Its tmp/ takes what comes by standard input.</param>
    /// <exception cref="ImageException">It is no archive of images.</exception>
    public static List<LocalImage> OpenArchiveOfAnyKind(string path, ImageStore store)
    {
        ArchiveMembers members = OpenArchive(path, store);
        try
        {
            return members.Has(DockerArchiveSource.ManifestName) ? DockerArchiveSource.Open(members, null)
                : members.Has("oci-layout") ? LayoutSource.Open(members, null)
                : throw new ImageException($"{members.Shown}: it has no images: neither {DockerArchiveSource.ManifestName} nor oci-layout is in it (a root filesystem's tarball: cctl import)");
        }
        catch (ConfigException e)
        {
            throw new ImageException($"{members.Shown}: {e.Message}", e);
        }
    }

    /// <summary>Makes an image of a root filesystem.</summary>
    /// <param name="path">Its tarball, or <c>-</c> for standard input; or its directory.</param>
    /// <param name="store">Its tmp/ takes what comes by standard input.</param>
    /// <param name="defaults">What its containers run as.</param>
    /// <param name="comment">For its history.</param>
    /// <exception cref="ImageException">It cannot be read.</exception>
    public static LocalImage OpenTarball(string path, ImageStore store, ContainerDefaults defaults, string comment) =>
        new(Directory.Exists(path) ? new TarballSource(path, defaults, comment) : new TarballSource(OpenFile(path, store, out string shown), shown, defaults, comment), []);

    private static ArchiveMembers OpenArchive(string path, ImageStore store)
    {
        SafeFileHandle file = OpenFile(path, store, out string shown);
        byte[] start = new byte[4];
        int read = RandomAccess.Read(file, start, 0);
        LayerCompression compression = Layers.LayerDecoder.Sniff(start.AsSpan(0, read));
        if (compression == LayerCompression.None)
        {
            return new ArchiveMembers(file, shown);
        }

        using var compressed = new FileStream(file, FileAccess.Read, bufferSize: 0);
        using Stream plain = Layers.LayerDecoder.Open(compressed, compression);
        return new ArchiveMembers(Spool(plain, store), shown);
    }

    private static SafeFileHandle OpenFile(string path, ImageStore store, out string shown)
    {
        shown = path == "-" ? "standard input" : path;
        Errno errno = Errno.OK;
        Fd? opened = path == "-" ? Sys.Duplicate(0) : null;
        if (opened is null)
        {
            errno = Sys.TryOpenAt(AT_FDCWD, path, O_RDONLY | O_NOCTTY, 0, out opened);
        }

        var file = new SafeFileHandle((opened ?? throw new ImageException($"{path}: {(errno == Errno.ENOENT ? "no such file" : errno.Name())}")).Release(), ownsHandle: true);
        Errno seekable = Sys.TryLseek((int)file.DangerousGetHandle(), 0, SEEK_CUR, out long position);
        if (seekable == Errno.OK && position == 0)
        {
            return Directory.Exists(path) ? throw new ImageException($"{path}: it is a directory: cctl pull oci:{path} takes an image layout, cctl import {path} a root filesystem") : file;
        }

        using var stream = new FileStream(file, FileAccess.Read, bufferSize: 0);
        return Spool(stream, store);
    }

    /// <summary>Keeps a stream in a file that has no name any more.</summary>
    private static SafeFileHandle Spool(Stream stream, ImageStore store)
    {
        SafeFileHandle file = store.MakeTemporaryFile();
        byte[] buffer = new byte[128 << 10];
        int read;
        while ((read = stream.Read(buffer, 0, buffer.Length)) > 0)
        {
            Errno errno = Sys.TryWrite((int)file.DangerousGetHandle(), buffer.AsSpan(0, read));
            if (errno != Errno.OK)
            {
                throw StoreDirectory.Failed("write", $"{store.Path}/tmp", errno);
            }
        }

        return file;
    }
}
