using Runtime;
using Runtime.Images;
using Runtime.Linux;
using Runtime.Linux.Files;
using static Runtime.Linux.Abi;

namespace Cctl.Commands;

/// <summary>Writes a bundle, all of it or nothing: what is there already is somebody's work, and half a bundle would be in the way of the next try.</summary>
internal static class NewBundle
{
    private const string Config = "config.json";
    private const string RootName = "rootfs";

    /// <summary>Makes config.json and, with an archive, rootfs in a directory; disposes of the archive.</summary>
    /// <exception cref="ContainerException">It cannot be made, or one of them is there already.</exception>
    internal static void Make(string directory, ReadOnlySpan<byte> config, Stream? rootfs)
    {
        using Stream? archive = rootfs;
        Errno errno = Sys.TryOpenAt(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY, 0, out Fd? opened);
        using Fd place = opened ?? throw new ContainerException($"write {directory}/{Config}: {errno.InWords()}{(errno == Errno.ENOENT ? ": make the directory first" : string.Empty)}");
        RefuseExisting(place, directory, Config);
        if (archive is null)
        {
            WriteConfig(place, directory, config);
            return;
        }

        RefuseExisting(place, directory, RootName);
        string temporary = $".{RootName}.{RandomName.New()}";
        try
        {
            Unpack(place, directory, temporary, archive);
            WriteConfig(place, directory, config);
        }
        catch
        {
            Root.TryRemove(place.Number, temporary);
            throw;
        }

        errno = Sys.TryRenameAt2(place.Number, temporary, place.Number, RootName, RENAME_NOREPLACE);
        if (errno != Errno.OK)
        {
            Sys.TryUnlinkAt(place.Number, Config, 0);
            Root.TryRemove(place.Number, temporary);
            throw new ContainerException($"make {directory}/{RootName}: {errno.InWords()}");
        }
    }

    private static void RefuseExisting(Fd place, string directory, string name)
    {
        if (Sys.TryStatx(place.Number, name, AT_SYMLINK_NOFOLLOW, out _) == Errno.OK)
        {
            throw IsThere(directory, name);
        }
    }

    private static ContainerException IsThere(string directory, string name) =>
        new($"{directory}/{name}: it is there already: move it away, or choose another directory with --bundle");

    private static void WriteConfig(Fd place, string directory, ReadOnlySpan<byte> config)
    {
        Errno errno = Sys.TryOpenAt(place.Number, Config, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0b110_110_110, out Fd? opened);
        if (opened is null)
        {
            throw errno == Errno.EEXIST ? IsThere(directory, Config) : new ContainerException($"write {directory}/{Config}: {errno.InWords()}");
        }

        using Fd fd = opened;
        errno = Sys.TryWrite(fd.Number, config);
        if (errno != Errno.OK)
        {
            Sys.TryUnlinkAt(place.Number, Config, 0);
            throw new ContainerException($"write {directory}/{Config}: {errno.InWords()}: nothing of it is left");
        }
    }

    private static void Unpack(Fd place, string directory, string temporary, Stream archive)
    {
        Errno errno = Sys.TryMkdirAt(place.Number, temporary, 0b111_101_101);
        if (errno != Errno.OK)
        {
            throw new ContainerException($"make {directory}/{RootName}: {errno.InWords()}");
        }

        try
        {
            using Fd root = Sys.OpenAt(place.Number, temporary, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
            ArchiveUnpacker.Unpack(archive, root);
        }
        catch (SyscallException e)
        {
            throw new ContainerException($"unpack {directory}/{RootName}: {e.Errno.InWords()}: nothing of it is left");
        }
    }
}
