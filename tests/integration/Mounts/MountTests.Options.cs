using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Mounts;

/// <summary>config.md, "Linux mount options": each option by what it does to the mount in the guest.</summary>
public sealed partial class MountTests
{
    private const string ShowMounts = "cat /proc/self/mountinfo";

    /// <summary>The flags of one mount point in a guest's mountinfo, "shared:1" and the like among them.</summary>
    private static string[] Flags(CommandResult result, string place)
    {
        string line = result.Lines.Last(l => l.Split(' ')[4] == place);
        string[] left = line[..line.IndexOf(" - ", StringComparison.Ordinal)].Split(' ');
        return [.. left[5].Split(','), .. left[6..].Select(f => f.Split(':')[0])];
    }

    private static CommandResult RunWith(Bundle bundle, params Mount[] mounts)
    {
        using var cctl = new Cctl();
        bundle.With(c => c.Mounts!.AddRange(mounts));
        return cctl.RunBundle(bundle).MustSucceed();
    }

    private static Mount Bound(string source, params string[] options) => new() { Destination = "/mnt", Source = source, Options = ["bind", .. options] };

    [Theory]
    [InlineData("ro")]
    [InlineData("nosuid")]
    [InlineData("nodev")]
    [InlineData("noexec")]
    [InlineData("noatime")]
    [InlineData("nodiratime")]
    [InlineData("nosymfollow")]
    [InlineData("relatime")]
    public void An_option_of_a_bind_mount_shows_in_the_guests_mountinfo(string option)
    {
        using var source = new TempDir();
        using Bundle bundle = Bundle.Script(ShowMounts);
        Assert.Contains(option, Flags(RunWith(bundle, Bound(source.Path, option)), "/mnt"));
    }

    [Theory]
    [InlineData("ro", "rw", "rw")]
    [InlineData("rw", "ro", "ro")]
    [InlineData("nosuid,nodev,noexec", "suid,dev,exec", "rw")]
    [InlineData("noatime", "atime", "relatime")]
    [InlineData("nodiratime,nosymfollow", "diratime,symfollow", "rw")]
    public void The_last_of_opposite_options_wins(string first, string last, string expected)
    {
        using var source = new TempDir();
        using Bundle bundle = Bundle.Script(ShowMounts);
        string[] flags = Flags(RunWith(bundle, Bound(source.Path, [.. first.Split(','), .. last.Split(',')])), "/mnt");
        Assert.Contains(expected, flags);
        Assert.Empty(flags.Intersect(["nosuid", "nodev", "noexec", "nodiratime", "nosymfollow"]));
    }

    [Theory]
    [InlineData("strictatime")]
    [InlineData("norelatime")]
    public void Strict_access_times_are_neither_relatime_nor_noatime(string option)
    {
        using var source = new TempDir();
        using Bundle bundle = Bundle.Script(ShowMounts);
        Assert.Empty(Flags(RunWith(bundle, Bound(source.Path, option)), "/mnt").Intersect(["relatime", "noatime"]));
    }

    [Theory]
    [InlineData("rro", "ro")]
    [InlineData("rnosuid", "nosuid")]
    [InlineData("rnodev", "nodev")]
    [InlineData("rnoexec", "noexec")]
    [InlineData("rnoatime", "noatime")]
    [InlineData("rnodiratime", "nodiratime")]
    [InlineData("rnosymfollow", "nosymfollow")]
    [InlineData("rrelatime", "relatime")]
    public void A_recursive_option_reaches_the_mounts_below(string option, string flag)
    {
        using TempDir source = WithMountBelow();
        using Bundle bundle = Bundle.Script(ShowMounts);
        CommandResult result = RunWith(bundle, new Mount { Destination = "/mnt", Source = source.Path, Options = ["rbind", option] });
        Assert.Contains(flag, Flags(result, "/mnt"));
        Assert.Contains(flag, Flags(result, "/mnt/below"));
    }

    [Theory]
    [InlineData("rnosuid", "rsuid", "nosuid")]
    [InlineData("rnodev", "rdev", "nodev")]
    [InlineData("rnoexec", "rexec", "noexec")]
    [InlineData("rro", "rrw", "ro")]
    [InlineData("rnosymfollow", "rsymfollow", "nosymfollow")]
    [InlineData("rnodiratime", "rdiratime", "nodiratime")]
    [InlineData("rnoatime", "ratime", "noatime")]
    [InlineData("rnoatime", "rstrictatime", "noatime")]
    public void A_recursive_option_is_taken_back_recursively(string option, string opposite, string flag)
    {
        using TempDir source = WithMountBelow();
        using Bundle bundle = Bundle.Script(ShowMounts);
        CommandResult result = RunWith(bundle, new Mount { Destination = "/mnt", Source = source.Path, Options = ["rbind", option, opposite] });
        Assert.DoesNotContain(flag, Flags(result, "/mnt"));
        Assert.DoesNotContain(flag, Flags(result, "/mnt/below"));
    }

    [Fact]
    public void Ro_leaves_the_mounts_below_writable_and_rro_does_not()
    {
        using TempDir source = WithMountBelow();
        using Bundle one = Bundle.Script("touch /mnt/below/made && echo written");
        Assert.Equal("written", RunWith(one, new Mount { Destination = "/mnt", Source = source.Path, Options = ["rbind", "ro"] }).Text);
        using Bundle all = Bundle.Script("touch /mnt/below/other 2>/dev/null || echo refused");
        Assert.Equal("refused", RunWith(all, new Mount { Destination = "/mnt", Source = source.Path, Options = ["rbind", "rro"] }).Text);
    }

    [Fact]
    public void Bind_takes_one_mount_and_rbind_those_below_it_too()
    {
        using TempDir source = WithMountBelow();
        using Bundle one = Bundle.Script("ls /mnt/below");
        Assert.Equal("", RunWith(one, Bound(source.Path)).Text);
        using Bundle all = Bundle.Script("ls /mnt/below");
        Assert.Equal("inner", RunWith(all, new Mount { Destination = "/mnt", Source = source.Path, Options = ["rbind"] }).Text);
    }

    [Theory]
    [InlineData("shared", "shared,master")]
    [InlineData("rshared", "shared,master")]
    [InlineData("slave", "master")]
    [InlineData("rslave", "master")]
    [InlineData("private", "")]
    [InlineData("rprivate", "")]
    [InlineData("unbindable", "unbindable")]
    [InlineData("runbindable", "unbindable")]
    public void A_propagation_option_sets_the_mounts_peers(string option, string expected)
    {
        using TempDir source = Shared();
        using Bundle bundle = Bundle.Script(ShowMounts);
        string[] flags = Flags(RunWith(bundle, new Mount { Destination = "/mnt", Source = source["shared"], Options = ["rbind", option] }), "/mnt");
        Assert.Equal(expected.Split(',', StringSplitOptions.RemoveEmptyEntries), flags.Intersect(["shared", "master", "unbindable"]));
    }

    [Theory]
    [InlineData("shared", "shared")]
    [InlineData("slave", "master")]
    [InlineData("private", "")]
    [InlineData("unbindable", "unbindable")]
    [InlineData(null, "master")]
    public void Rootfs_propagation_sets_the_roots_peers(string? propagation, string expected)
    {
        using Bundle bundle = Bundle.Script(ShowMounts).With(c => c.Linux!.RootfsPropagation = propagation);
        Command.Run("mount", "--bind", bundle.Rootfs, bundle.Rootfs).MustSucceed();
        Command.Run("mount", "--make-private", bundle.Rootfs).MustSucceed();
        Command.Run("mount", "--make-shared", bundle.Rootfs).MustSucceed();
        string[] flags = Flags(RunWith(bundle), "/");
        Assert.Equal(expected.Length > 0, flags.Contains(expected));
        Assert.Equal(propagation == "shared", flags.Contains("shared"));
    }

    [Fact]
    public void A_remount_changes_the_flags_of_what_is_mounted()
    {
        using Bundle bundle = Bundle.Script(ShowMounts);
        CommandResult result = RunWith(
            bundle,
            new Mount { Destination = "/mnt", Type = "tmpfs", Source = "tmpfs", Options = ["nosuid"] },
            new Mount { Destination = "/mnt", Type = "tmpfs", Source = "tmpfs", Options = ["remount", "ro", "size=1m"] });
        Assert.Contains("ro", Flags(result, "/mnt"));
        Assert.Contains("size=1024k", result.Lines.Last(l => l.Contains(" /mnt ", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sync", "sync")]
    [InlineData("dirsync", "dirsync")]
    [InlineData("lazytime", "lazytime")]
    public void An_option_of_the_filesystem_shows_in_its_own_flags(string option, string flag)
    {
        using Bundle bundle = Bundle.Script(ShowMounts);
        CommandResult result = RunWith(bundle, new Mount { Destination = "/mnt", Type = "tmpfs", Source = "tmpfs", Options = [option] });
        Assert.Contains(flag, result.Lines.Last(l => l.Contains(" /mnt ", StringComparison.Ordinal)).Split(' ')[^1].Split(','));
    }

    [Fact]
    public void Options_that_ask_for_nothing_are_taken()
    {
        using Bundle bundle = Bundle.Script(ShowMounts);
        RunWith(bundle, new Mount { Destination = "/mnt", Type = "tmpfs", Source = "tmpfs", Options = ["defaults", "async", "loud", "silent", "iversion", "noiversion", "nolazytime", "nomand", "rw"] });
    }

    /// <summary>A directory with a tmpfs mounted below it, in which there is a file.</summary>
    private static TempDir WithMountBelow()
    {
        var source = new TempDir();
        Directory.CreateDirectory(source["below"]);
        Command.Run("mount", "-t", "tmpfs", "test", source["below"]).MustSucceed();
        File.WriteAllText(source["below/inner"], "");
        return source;
    }

    private static TempDir Shared()
    {
        var source = new TempDir();
        Directory.CreateDirectory(source["shared"]);
        Command.Run("mount", "-t", "tmpfs", "test", source["shared"]).MustSucceed();
        Command.Run("mount", "--make-shared", source["shared"]).MustSucceed();
        return source;
    }
}
