using System.Security.Cryptography;
using System.Text;
using Integration.Tests.Harness;
using Mono.Unix.Native;

namespace Integration.Tests.Images;

/// <summary>A tree as text, an entry a line, by Mono.Posix, which knows nothing of cctl: kind, mode, owner, time, device, links, attributes, content.</summary>
internal static class TreeListing
{
    /// <summary>The listing, ordered by path.</summary>
    /// <param name="root">The tree.</param>
    /// <param name="times">Whether times of modification are compared.</param>
    internal static string[] Of(string root, bool times = true)
    {
        var inodes = new Dictionary<ulong, string>();
        var lines = new List<string>();
        Walk(root, root.Length, times, inodes, lines);
        return [.. lines];
    }

    // Mono's names keep bytes that are not UTF-8.
    private static void Walk(string directory, int root, bool times, Dictionary<ulong, string> inodes, List<string> lines)
    {
        IntPtr open = Syscall.opendir(directory);
        Assert.NotEqual(IntPtr.Zero, open);
        var names = new List<string>();
        while (Syscall.readdir(open) is { } entry)
        {
            if (entry.d_name is not ("." or ".."))
            {
                names.Add(entry.d_name);
            }
        }

        Assert.Equal(0, Syscall.closedir(open));
        names.Sort(StringComparer.Ordinal);
        foreach (string path in names.Select(n => directory + "/" + n))
        {
            lines.Add(Line(path, path[root..], times, inodes));
            Assert.Equal(0, Syscall.lstat(path, out Stat status));
            if ((status.st_mode & FilePermissions.S_IFMT) == FilePermissions.S_IFDIR)
            {
                Walk(path, root, times, inodes, lines);
            }
        }
    }

    private static string Line(string path, string shown, bool times, Dictionary<ulong, string> inodes)
    {
        Assert.Equal(0, Syscall.lstat(path, out Stat status));
        var line = new StringBuilder($"{shown} {Convert.ToString((uint)status.st_mode, 8)} {status.st_uid}:{status.st_gid}");
        if (times)
        {
            line.Append($" {status.st_mtime}.{status.st_mtime_nsec}");
        }

        switch (status.st_mode & FilePermissions.S_IFMT)
        {
            case FilePermissions.S_IFLNK:
                byte[] target = new byte[4096];
                line.Append(" -> ").Append(Encoding.Latin1.GetString(target, 0, (int)Syscall.readlink(path, target)));
                break;
            case FilePermissions.S_IFREG:
                line.Append($" {status.st_size} {Convert.ToHexString(Hash(path))[..16]}");
                if (!inodes.TryAdd(status.st_ino, shown))
                {
                    line.Append(" = ").Append(inodes[status.st_ino]);
                }

                break;
            case FilePermissions.S_IFCHR or FilePermissions.S_IFBLK:
                line.Append($" {status.st_rdev:x}");
                break;
            default:
                break;
        }

        if ((status.st_mode & FilePermissions.S_IFMT) is FilePermissions.S_IFREG or FilePermissions.S_IFDIR && Syscall.listxattr(path, out string[] names) >= 0)
        {
            foreach (string name in names.Where(n => !n.StartsWith("security.selinux", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
            {
                Assert.True(Syscall.getxattr(path, name, out byte[] value) >= 0);
                line.Append($" {name}={Convert.ToHexString(value)}");
            }
        }

        return line.ToString();
    }

    private static byte[] Hash(string path)
    {
        using var file = new Mono.Unix.UnixStream(Syscall.open(path, OpenFlags.O_RDONLY));
        return SHA256.HashData(file);
    }
}
