using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Mounts;

/// <summary>config.md, "Mounts", and config-linux.md, "Masked Paths" and "Readonly Paths".</summary>
public sealed partial class MountTests
{
    [Fact]
    public void A_bind_mount_makes_the_directories_of_its_target()
    {
        using var source = new TempDir();
        source.WriteFile("file", "content");
        using Bundle bundle = Bundle.Script("cat /a/b/c/file");
        Assert.Equal("content", RunWith(bundle, new Mount { Destination = "/a/b/c", Source = source.Path, Options = ["bind"] }).Text);
        Assert.True(Directory.Exists(Path.Combine(bundle.Rootfs, "a/b/c")));
    }

    [Fact]
    public void A_file_is_bound_on_a_file_that_is_made_for_it()
    {
        using var source = new TempDir();
        source.WriteFile("file", "content");
        using Bundle bundle = Bundle.Script("cat /new/place");
        Assert.Equal("content", RunWith(bundle, new Mount { Destination = "/new/place", Source = source["file"], Options = ["bind"] }).Text);
    }

    [Fact]
    public void A_root_becomes_read_only_although_a_file_was_made_in_it_for_a_mount()
    {
        using var source = new TempDir();
        source.WriteFile("file", "content");
        using Bundle bundle = Bundle.Script("cat /new/place; touch /x 2>/dev/null || echo refused").With(c => c.Root!.Readonly = true);
        Assert.Equal(["contentrefused"], RunWith(bundle, new Mount { Destination = "/new/place", Source = source["file"], Options = ["bind"] }).Lines);
    }

    [Fact]
    public void A_relative_source_is_relative_to_the_bundle()
    {
        using Bundle bundle = Bundle.Script("cat /mnt/file");
        Directory.CreateDirectory(bundle["data"]);
        File.WriteAllText(bundle["data/file"], "content");
        Assert.Equal("content", RunWith(bundle, Bound("data")).Text);
    }

    [Fact]
    public void Mounts_are_made_in_the_order_of_the_config()
    {
        using var source = new TempDir();
        source.WriteFile("file", "content");
        using Bundle bundle = Bundle.Script("ls /mnt; cat /mnt/in/file");
        CommandResult result = RunWith(
            bundle,
            new Mount { Destination = "/mnt", Type = "tmpfs", Source = "tmpfs" },
            new Mount { Destination = "/mnt/in", Source = source.Path, Options = ["bind"] });
        Assert.Equal(["in", "content"], result.Lines);
    }

    [Fact]
    public void A_tmpfs_has_the_size_mode_and_owner_of_its_options()
    {
        using Bundle bundle = Bundle.Script("stat -c '%a %u %g' /mnt; df -k /mnt | tail -1");
        CommandResult result = RunWith(bundle, new Mount { Destination = "/mnt", Type = "tmpfs", Source = "tmpfs", Options = ["size=2m", "mode=1750", "uid=5", "gid=6"] });
        Assert.Equal("1750 5 6", result.Lines[0]);
        Assert.Contains("2048", result.Lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void A_read_only_tmpfs_takes_the_mounts_that_come_after_it()
    {
        using var source = new TempDir();
        using Bundle bundle = Bundle.Script("ls /mnt; touch /mnt/x 2>/dev/null || echo refused");
        CommandResult result = RunWith(
            bundle,
            new Mount { Destination = "/mnt", Type = "tmpfs", Source = "tmpfs", Options = ["ro"] },
            new Mount { Destination = "/mnt/made", Source = source.Path, Options = ["bind"] });
        Assert.Equal(["made", "refused"], result.Lines);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(400)]
    public void An_overlay_joins_its_layers_however_long_their_names_are(int length)
    {
        using var layers = new TempDir();
        Command.Run("mount", "-t", "tmpfs", "test", layers.Path).MustSucceed();
        string lower = string.Join('/', Enumerable.Repeat(new string('l', 100), length / 100 + 1));
        foreach (string directory in (string[])[lower, "upper", "work"])
        {
            Directory.CreateDirectory(layers[directory]);
        }

        layers.WriteFile(lower + "/below", "lower");
        using Bundle bundle = Bundle.Script("cat /mnt/below; echo changed >/mnt/below");
        Assert.Equal("lower", RunWith(bundle, new Mount
        {
            Destination = "/mnt",
            Type = "overlay",
            Source = "overlay",
            Options = [$"lowerdir={layers[lower]}", $"upperdir={layers["upper"]}", $"workdir={layers["work"]}"],
        }).Text);
        Assert.Equal("changed\n", File.ReadAllText(layers["upper/below"]));
        Assert.Equal("lower", File.ReadAllText(layers[lower + "/below"]));
    }

    [Fact]
    public void The_options_of_a_filesystem_reach_it()
    {
        using Bundle bundle = Bundle.Script("grep ' /proc ' /proc/self/mountinfo").With(c => c.Mounts![0].Options = ["hidepid=2"]);
        Assert.Contains("hidepid=", RunWith(bundle).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_cgroup_mount_shows_the_guests_own_cgroup_read_only()
    {
        using Bundle bundle = Bundle.Script("cat /proc/self/cgroup | tail -1; ls /sys/fs/cgroup/cgroup.procs; echo 1 >/sys/fs/cgroup/cgroup.procs 2>/dev/null || echo refused");
        Assert.Equal(["0::/", "/sys/fs/cgroup/cgroup.procs", "refused"], RunWith(bundle).Lines);
    }

    [Fact]
    public void A_read_only_root_takes_no_writes_and_its_mounts_do()
    {
        using Bundle bundle = Bundle.Script("touch /x 2>/dev/null || echo refused; touch /dev/shm/x && echo written").With(c => c.Root!.Readonly = true);
        Assert.Equal(["refused", "written"], RunWith(bundle).Lines);
    }

    [Fact]
    public void A_masked_file_is_empty_and_a_masked_directory_too()
    {
        using Bundle bundle = Bundle.Script("cat /secret/file /file; ls -A /directory; touch /directory/x 2>/dev/null || echo refused")
            .With(c => c.Linux!.MaskedPaths!.AddRange(["/file", "/directory", "/secret/file", "/missing"]));
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "directory/inner"));
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "secret"));
        File.WriteAllText(Path.Combine(bundle.Rootfs, "file"), "secret");
        File.WriteAllText(Path.Combine(bundle.Rootfs, "secret/file"), "secret");
        Assert.Equal(["refused"], RunWith(bundle).Lines);
    }

    [Fact]
    public void A_read_only_path_takes_no_writes()
    {
        using Bundle bundle = Bundle.Script("echo x >/file; cat /file; mkdir /directory/x; ls /directory; echo 1 >/proc/sys/net/ipv4/ip_forward; exec 2>&1; true")
            .With(c => c.Linux!.ReadonlyPaths!.AddRange(["/file", "/directory", "/missing"]));
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "directory"));
        File.WriteAllText(Path.Combine(bundle.Rootfs, "file"), "old\n");
        CommandResult result = RunWith(bundle);
        Assert.Equal(["old"], result.Lines);
        Assert.Equal(3, result.Stderr.Split('\n').Count(l => l.Contains("ead-only file system", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_destination_that_is_not_absolute_is_taken_from_the_root()
    {
        using Bundle bundle = Bundle.Script("stat -f -c %T /relative");
        Assert.Equal("tmpfs", RunWith(bundle, new Mount { Destination = "relative", Type = "tmpfs", Source = "tmpfs" }).Text);
    }
}
