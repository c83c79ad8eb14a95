namespace Integration.Tests.Harness;

/// <summary>Guest root filesystems made of the machine's busybox-static.</summary>
internal static class Busybox
{
    private const string Executable = "/bin/busybox";
    private static readonly Lazy<string[]> AppletNames = new(() => Command.Run(Executable, "--list").MustSucceed().Lines);

    /// <summary>The names of its applets: what a guest can run from /bin.</summary>
    public static IReadOnlyList<string> Applets => AppletNames.Value;

    /// <summary>Makes <paramref name="root"/>: /bin with every applet, /etc/passwd and /etc/group, empty mount targets.</summary>
    public static void MakeRoot(string root)
    {
        foreach (string folder in (string[])["bin", "dev", "etc", "home", "proc", "root", "run", "sys", "tmp", "usr", "var"])
        {
            Directory.CreateDirectory(Path.Combine(root, folder));
        }

        ProgramFiles.Copy(Executable, Path.Combine(root, "bin/busybox"));
        foreach (string applet in Applets)
        {
            if (applet != "busybox")
            {
                File.CreateSymbolicLink(Path.Combine(root, "bin", applet), "busybox");
            }
        }

        File.SetUnixFileMode(Path.Combine(root, "tmp"), (UnixFileMode)0b1_111_111_111);
        File.WriteAllText(Path.Combine(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nguest:x:1000:1000:guest:/home:/bin/sh\n");
        File.WriteAllText(Path.Combine(root, "etc/group"), "root:x:0:\nguest:x:1000:\nextra:x:2000:guest\n");
    }
}
