using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Mounts;

/// <summary>The option tmpcopyup: a tmpfs that starts as a copy of what it covers.</summary>
public sealed class TmpcopyupTests
{
    [Fact]
    public void The_tmpfs_has_the_files_of_the_covered_directory_with_owners_modes_links_and_kinds()
    {
        using Bundle bundle = Bundle.Script(
            "cd /data; cat sub/file; stat -c '%n %a %u %g' sub sub/file; readlink link; stat -c %F fifo; stat -c '%a %u' /data; stat -f -c %T /data; echo new >new");
        string data = Path.Combine(bundle.Rootfs, "data");
        Command.Run("sh", "-ec", $"""
            mkdir -p {data}/sub; echo content >{data}/sub/file; ln -s /nowhere {data}/link; mkfifo {data}/fifo
            chown 7:8 {data}/sub/file; chmod 4755 {data}/sub/file; chmod 1750 {data}/sub; chmod 0777 {data}; chown 9 {data}
            """).MustSucceed();
        CommandResult result = Run(bundle);
        Assert.Equal(["content", "sub 1750 0 0", "sub/file 4755 7 8", "/nowhere", "fifo", "777 9", "tmpfs"], result.Lines);
        Assert.False(File.Exists(data + "/new"));
    }

    [Fact]
    public void A_mode_in_the_options_stays_the_tmpfss_mode()
    {
        using Bundle bundle = Bundle.Script("stat -c %a /data");
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "data"));
        Assert.Equal("1777", Run(bundle, "mode=1777").Text);
    }

    [Fact]
    public void Extended_attributes_come_along()
    {
        using Bundle bundle = new Bundle();
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "data"));
        ProgramFiles.Copy("/bin/busybox", Path.Combine(bundle.Rootfs, "data/grep"));
        // A file capability is an attribute that needs no program to be seen: it makes execve give CAP_KILL.
        byte[] cap = [1, 0, 0, 2, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        Assert.Equal(0, Mono.Unix.Native.Syscall.setxattr(Path.Combine(bundle.Rootfs, "data/grep"), "security.capability", cap));
        bundle.With(c =>
        {
            c.Process!.Args = ["/data/grep", "CapEff", "/proc/self/status"];
            c.Process.User = new() { Uid = 1000, Gid = 1000 };
            c.Process.NoNewPrivileges = false;
        });
        Assert.Equal(0x20UL, Convert.ToUInt64(Run(bundle).Text.Split('\t')[^1], 16));
    }

    [Fact]
    public void A_link_in_the_image_is_copied_as_a_link_and_not_followed()
    {
        using var host = new TempDir();
        host.WriteFile("secret", "host");
        using Bundle bundle = Bundle.Script("cat /data/out/secret 2>/dev/null || echo nothing; cat /data/file 2>/dev/null || echo nothing");
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "data"));
        Directory.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "data/out"), host.Path);
        File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "data/file"), host["secret"]);
        Assert.Equal(["nothing", "nothing"], Run(bundle).Lines);
    }

    [Fact]
    public void More_than_fits_is_an_error_that_says_so()
    {
        using Bundle bundle = Bundle.Script("true");
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "data"));
        File.WriteAllBytes(Path.Combine(bundle.Rootfs, "data/large"), new byte[100_000]);
        using var cctl = new Cctl();
        bundle.With(c => c.Mounts!.Add(Data("size=16k")));
        CommandResult result = cctl.RunBundle(bundle);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("/options: tmpcopyup: copy /large: ENOSPC: the tmpfs is too small", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void It_works_in_a_user_namespace()
    {
        using Bundle bundle = Bundle.Script("cat /data/file; stat -c '%u %g' /data/file").With(UserNamespace.Add);
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "data"));
        File.WriteAllText(Path.Combine(bundle.Rootfs, "data/file"), "content\n");
        UserNamespace.Own(bundle);
        Assert.Equal(["content", "0 0"], Run(bundle).Lines);
    }

    [Fact]
    public void What_belongs_to_an_owner_that_is_not_mapped_stays_so()
    {
        using Bundle bundle = Bundle.Script("cd /data; stat -c '%n %u %g %a' file program half; cat file").With(c =>
        {
            c.Linux!.Namespaces!.Add(new() { Type = "user" });
            c.Linux.UidMappings = [new() { ContainerID = 0, HostID = 100_000, Size = 1000 }];
            c.Linux.GidMappings = [new() { ContainerID = 0, HostID = 100_000, Size = 1000 }];
        });
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "data"));
        File.WriteAllText(Path.Combine(bundle.Rootfs, "data/file"), "content\n");
        File.WriteAllText(Path.Combine(bundle.Rootfs, "data/program"), "");
        File.WriteAllText(Path.Combine(bundle.Rootfs, "data/half"), "");
        string script = "chown -R 100000:100000 . && cd data && chown 5000:5000 file && chown 5000:100007 half && chown 5000:5000 program && chmod 0644 file half && chmod 6755 program";
        new Command("sh", "-c", script) { Directory = bundle.Rootfs }.Run().MustSucceed();
        // user_namespaces(7): nobody inside, as in the image itself.
        Assert.Equal(["file 65534 65534 644", "program 65534 65534 6755", "half 65534 7 644", "content"], Run(bundle).Lines);
        Assert.Equal("5000 100007", Command.Run("stat", "-c", "%u %g", Path.Combine(bundle.Rootfs, "data/half")).MustSucceed().Text);
    }

    private static CommandResult Run(Bundle bundle, params string[] options)
    {
        using var cctl = new Cctl();
        bundle.With(c => c.Mounts!.Add(Data(options)));
        return cctl.RunBundle(bundle).MustSucceed();
    }

    private static Mount Data(params string[] options) => new() { Destination = "/data", Type = "tmpfs", Source = "tmpfs", Options = ["tmpcopyup", .. options] };
}
