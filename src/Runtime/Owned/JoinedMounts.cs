using System.Globalization;
using Runtime.Linux;
using Runtime.Linux.Files;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Owned;

/// <summary>
/// What a container has mounted in a mount namespace that is not its own: one that it joined by path, or the runtime's. It lies
/// there as one tree, the root filesystem on a small tmpfs, and is taken away when the container is deleted: the namespace may
/// live on. The tmpfs's source is a mark that no other mount has, and is written to the record before anything is mounted.
/// </summary>
/// <param name="path">Path of the namespace.</param>
/// <param name="inode">Its inode number: the path may lead elsewhere by now (namespaces(7)).</param>
/// <param name="mark">The tmpfs's source.</param>
public sealed class JoinedMounts(string path, ulong inode, string mark) : OwnedResource
{
    internal const string Name = "joinedMounts";

    private const string MarkPrefix = "cctl.";

    /// <summary>The source by which the container's lowest mount is known there.</summary>
    public string Mark => mark;

    /// <inheritdoc/>
    public override string Kind => Name;

    /// <inheritdoc/>
    public override Dictionary<string, string> Facts => new() { ["namespace"] = path, ["inode"] = inode.ToString(CultureInfo.InvariantCulture), ["mark"] = mark };

    /// <summary>Where the container's mounts will be; null where it has none, or a namespace of its own for them.</summary>
    /// <exception cref="ContainerException">Another container's root lies where this one's is to be.</exception>
    internal static JoinedMounts? Plan(ResolvedConfig resolved)
    {
        string? path = resolved.Namespaces.Find(CLONE_NEWNS)?.Path;
        if (resolved.MountsInRuntimesNamespace)
        {
            path = "/proc/self/ns/mnt";
            RequireFree(resolved.RootPath);
        }

        return path is not null && Sys.TryStatx(AT_FDCWD, path, 0, out statx status) == Errno.OK
            ? new JoinedMounts(path, status.stx_ino, $"{MarkPrefix}{RandomName.New()}")
            : null; // that it cannot be opened is the launch's to say
    }

    /// <summary>Over the root of a container that has the same one, a second would have what that has mounted, and stand in its delete's way.</summary>
    private static void RequireFree(string rootPath)
    {
        using Fd proc = Sys.OpenAt(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY);
        if (Read(proc.Number).Exists(m => m.Point == rootPath && m.Source.StartsWith(MarkPrefix, StringComparison.Ordinal)))
        {
            throw new ContainerException($"/root/path: another container without a mount namespace of its own has its mounts at {rootPath}: delete that one first, or add {{\"type\": \"mount\"}} to /linux/namespaces");
        }
    }

    /// <inheritdoc/>
    internal override void Release()
    {
        using Fd? opened = Open(path, inode);
        if (opened is null)
        {
            return; // the namespace is gone, and its mounts are with it
        }

        int number = opened.Number;
        string? failure = null;
        // A namespace of mounts is entered by a thread that shares root and working directory with no other (setns(2)).
        var thread = new Thread(() => failure = RemoveIn(number, mark), maxStackSize: 1 << 18);
        thread.Start();
        thread.Join();
        if (failure is not null)
        {
            RuntimeLog.Warn($"mount namespace {path}: {failure}: the container's mounts stay there");
        }
    }

    private static Fd? Open(string path, ulong inode)
    {
        if (TryOpen(path, inode) is Fd there)
        {
            return there;
        }

        // The process that the path named has ended; others may be in the namespace still.
        foreach (string process in Directory.EnumerateDirectories("/proc"))
        {
            if (char.IsAsciiDigit(process[^1]) && TryOpen(process + "/ns/mnt", inode) is Fd other)
            {
                return other;
            }
        }

        return null;
    }

    private static Fd? TryOpen(string path, ulong inode)
    {
        if (Sys.TryOpenAt(AT_FDCWD, path, O_RDONLY, 0, out Fd? opened) != Errno.OK)
        {
            return null;
        }

        if (Sys.TryStatx(opened!.Number, string.Empty, AT_EMPTY_PATH, out statx status) == Errno.OK && status.stx_ino == inode)
        {
            return opened;
        }

        opened.Dispose();
        return null;
    }

    private static string? RemoveIn(int mountNamespace, string mark)
    {
        // The namespace need not have a /proc.
        if (Sys.TryOpenAt(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY, 0, out Fd? opened) is not Errno.OK and var none)
        {
            return $"open /proc: {none.Name()}";
        }

        using Fd proc = opened!;
        if ((Errno)(-(int)Sys.Raw(SyscallNumber.unshare, (nint)CLONE_FS)) is not Errno.OK and var shared)
        {
            return $"unshare: {shared.Name()}";
        }

        if (Sys.TrySetns(mountNamespace, CLONE_NEWNS) is not Errno.OK and var refused)
        {
            return $"setns: {refused.Name()}";
        }

        // The root filesystem first, with what is mounted below it, and then the tmpfs under it.
        for (int mount = 0; mount < 2; mount++)
        {
            if (Top(Read(proc.Number), mark, out bool isCovered) is not string point)
            {
                return isCovered ? "another mount lies over them" : null;
            }

            if (Sys.TryUmount2(point, MNT_DETACH | UMOUNT_NOFOLLOW) is not Errno.OK and var stays)
            {
                return $"umount2({point}): {stays.Name()}";
            }
        }

        return null;
    }

    /// <summary>Where the marked tmpfs is, if it or the one mount on it is what umount2(2) would take away there.</summary>
    private static string? Top(List<Entry> mounts, string mark, out bool isCovered)
    {
        isCovered = false;
        if (mounts.Find(m => m.Source == mark) is not { } own)
        {
            return null;
        }

        Entry top = own;
        while (mounts.Find(m => m.Parent == top.Id && m.Point == own.Point) is { } over)
        {
            if (top != own)
            {
                isCovered = true;
                return null;
            }

            top = over;
        }

        return own.Point;
    }

    // proc_pid_mountinfo(5)
    private static List<Entry> Read(int proc)
    {
        var entries = new List<Entry>();
        if (FileText.TryRead(proc, "thread-self/mountinfo", out byte[] bytes) != Errno.OK)
        {
            return entries;
        }

        var reader = new MountInfoReader(bytes);
        while (reader.MoveNext())
        {
            entries.Add(new Entry(reader.Id, reader.Parent, MountInfoReader.Unescape(reader.MountPoint), MountInfoReader.Unescape(reader.Source)));
        }

        return entries;
    }

    private sealed record Entry(int Id, int Parent, string Point, string Source);
}
