namespace Integration.Tests.Harness;

/// <summary>Guest root filesystems made of the machine's busybox-static.</summary>
internal static class Busybox
{
    private const string Executable = "/bin/busybox";

    // Not all of busybox's 270: links are most of what making and removing a bundle costs.
    private static readonly string[] Applets =
    [
        "[", "awk", "bc", "cat", "chmod", "chown", "cmp", "cut", "dd", "df", "dpkg", "du", "echo", "env", "false", "find", "grep",
        "groups", "gzip", "head", "hostname", "id", "init", "ionice", "ip", "kill", "link", "ln", "ls", "md5sum", "mkdir", "mkfifo",
        "mknod", "more", "mount", "nc", "nsenter", "passwd", "pivot_root", "printf", "ps", "pwd", "readlink", "rm", "setpriv",
        "setsid", "sh", "sleep", "sort", "stat", "stty", "sync", "sysctl", "tail", "tar", "test", "time", "timeout", "touch",
        "true", "tty", "umount", "uname", "unshare", "uptime", "wc", "which", "xargs", "yes",
    ];

    /// <summary>Makes <paramref name="root"/>: /bin with the programs that tests run in it, /etc/passwd and /etc/group, empty mount targets.</summary>
    public static void MakeRoot(string root)
    {
        foreach (string directory in (string[])["bin", "dev", "etc", "home", "proc", "root", "run", "sys", "tmp", "usr", "var"])
        {
            Directory.CreateDirectory(Path.Combine(root, directory));
        }

        ProgramFiles.Copy(Executable, Path.Combine(root, "bin/busybox"));
        foreach (string applet in Applets)
        {
            File.CreateSymbolicLink(Path.Combine(root, "bin", applet), "busybox");
        }

        File.SetUnixFileMode(Path.Combine(root, "tmp"), (UnixFileMode)0b1_111_111_111);
        File.WriteAllText(Path.Combine(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nguest:x:1000:1000:guest:/home:/bin/sh\n");
        File.WriteAllText(Path.Combine(root, "etc/group"), "root:x:0:\nguest:x:1000:\nextra:x:2000:guest\n");
    }
}
