using Integration.Tests.Harness;
using Mono.Unix.Native;
using OciSpec;

namespace Integration.Tests.Security.FromImage;

/// <summary>Images whose directories, devices and links are not what they seem. The host must be as it was, whatever cctl answers.</summary>
public sealed class HostileImageTests : IDisposable
{
    private readonly Cctl _cctl = new();
    private readonly TempDir _host = new();
    private readonly string _victim;

    public HostileImageTests() => _victim = _host.WriteFile("victim", "of the host");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_dev_that_is_a_link_leads_to_no_device_outside(bool mountsDev)
    {
        using Bundle bundle = Bundle.Script("ls -l /dev");
        ReplaceWithLink(bundle, "dev", _host.Path);
        bundle.With(c => c.Mounts!.RemoveAll(m => m.Destination!.StartsWith(mountsDev ? "/dev/" : "/dev", StringComparison.Ordinal)));
        Run(bundle);
        AssertHostUnchanged();
    }

    [Fact]
    public void A_dev_that_climbs_out_stays_inside()
    {
        using Bundle bundle = Bundle.Script("ls -l /dev");
        ReplaceWithLink(bundle, "dev", "../../../../../../../../" + _host.Path);
        Run(bundle);
        AssertHostUnchanged();
    }

    [Theory]
    [InlineData("file")]
    [InlineData("link")]
    [InlineData("zero")]
    public void A_null_device_that_is_something_else_is_refused_and_masks_nothing(string kind)
    {
        using Bundle bundle = Bundle.Script("cat /proc/kcore; cat /proc/keys");
        bundle.With(c => c.Mounts!.RemoveAll(m => m.Destination!.StartsWith("/dev", StringComparison.Ordinal)));
        string device = Path.Combine(bundle.Rootfs, "dev/null");
        switch (kind)
        {
            case "file":
                File.WriteAllText(device, "not null");
                break;
            case "link":
                File.CreateSymbolicLink(device, _victim);
                break;
            default:
                Assert.Equal(0, Syscall.mknod(device, FilePermissions.S_IFCHR | (FilePermissions)0b110_110_110, (1 << 8) | 5));
                break;
        }

        CommandResult result = Run(bundle).MustExit(1);
        Assert.Contains("/linux/devices", result.Stderr, StringComparison.Ordinal);
        Assert.Contains("/dev/null", result.Stderr, StringComparison.Ordinal);
        AssertHostUnchanged();
    }

    [Fact]
    public void Masked_files_are_covered_by_the_null_device_of_the_host()
    {
        using Bundle bundle = Bundle.Script("for f in /secret /proc/keys; do stat -c '%F %t:%T' $f; cat $f; done");
        File.WriteAllText(Path.Combine(bundle.Rootfs, "secret"), "masked");
        bundle.With(c => c.Linux!.MaskedPaths = ["/secret", "/proc/keys"]);
        Assert.Equal(["character special file 1:3", "character special file 1:3"], Run(bundle).MustSucceed().Lines);
    }

    [Theory]
    [InlineData("console")]
    [InlineData("pts")]
    public void A_console_that_is_a_link_writes_to_no_file_outside(string name)
    {
        using Bundle bundle = Bundle.Script("echo overwritten >/dev/console").With(c => c.Process!.Terminal = true);
        bundle.With(c => c.Mounts!.RemoveAll(m => m.Destination is "/dev"));
        string place = Path.Combine(bundle.Rootfs, "dev", name);
        File.CreateSymbolicLink(place, name == "pts" ? _host.Path : _victim);
        Command.Run("script", "-qec", $"{Cctl.Executable} --root {_cctl.StateRoot} run --bundle {bundle.Path} {Cctl.NewId()}", "/dev/null");
        AssertHostUnchanged();
    }

    [Theory]
    [InlineData("/proc/self/attr")]
    [InlineData("/proc/sys")]
    [InlineData("/proc/self")]
    [InlineData("proc/1")]
    public void A_mount_target_that_is_a_link_into_proc_is_refused(string target)
    {
        using var bundle = new Bundle("/bin/true");
        File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "sneaky"), target);
        bundle.With(c => c.Mounts!.Add(new Mount { Destination = "/sneaky", Type = "tmpfs", Source = "tmpfs" }));
        CommandResult result = Run(bundle).MustExit(1);
        Assert.Contains("/mounts/7/destination", result.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/proc/self/attr/exec")]
    [InlineData("/proc/sys/kernel/hostname")]
    [InlineData("/proc/../proc/sysrq-trigger")]
    public void A_mount_inside_proc_is_refused_by_name_too(string destination)
    {
        using var bundle = new Bundle("/bin/true");
        bundle.With(c => c.Mounts!.Add(new Mount { Destination = destination, Type = "bind", Source = _victim, Options = ["bind"] }));
        Assert.Contains("/mounts/7/destination", Run(bundle).MustExit(1).Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("proc", "/mounts/0")]
    [InlineData("sys", "/mounts/5")]
    public void Proc_and_sysfs_go_on_real_directories_only(string name, string pointer)
    {
        using var bundle = new Bundle("/bin/true");
        ReplaceWithLink(bundle, name, "/tmp");
        Assert.Contains(pointer, Run(bundle).MustExit(1).Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void Targets_made_on_the_way_are_made_inside()
    {
        using var bundle = new Bundle("/bin/true");
        File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "out"), "/../../../../../../../../../" + _host.Path);
        bundle.With(c =>
        {
            c.Mounts!.Add(new Mount { Destination = "/out/made/here", Type = "tmpfs", Source = "tmpfs" });
            c.Mounts!.Add(new Mount { Destination = "/out/file", Type = "bind", Source = _victim, Options = ["bind"] });
            c.Process!.Cwd = "/out/cwd";
        });
        Run(bundle);
        AssertHostUnchanged();
    }

    [Fact]
    public void Kernel_parameters_are_not_written_to_what_the_image_calls_proc()
    {
        using var bundle = new Bundle("/bin/hostname");
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "proc/sys/kernel"));
        File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "proc/sys/kernel/domainname"), _victim);
        bundle.With(c =>
        {
            c.Mounts!.RemoveAll(m => m.Destination == "/proc");
            c.Linux!.Sysctl = new() { ["kernel.domainname"] = "written" };
            c.Process!.OomScoreAdj = 100;
        });
        Run(bundle);
        AssertHostUnchanged();
    }

    public void Dispose()
    {
        _cctl.Dispose();
        _host.Dispose();
    }

    private static void ReplaceWithLink(Bundle bundle, string name, string target)
    {
        Directory.Delete(Path.Combine(bundle.Rootfs, name), recursive: true);
        File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, name), target);
    }

    private CommandResult Run(Bundle bundle) => _cctl.RunBundle(bundle);

    private void AssertHostUnchanged()
    {
        Assert.Equal([_victim], Directory.GetFileSystemEntries(_host.Path));
        Assert.Equal("of the host", File.ReadAllText(_victim));
        Assert.Equal(0, Syscall.lstat(_victim, out Stat stat));
        Assert.Equal(0u, stat.st_uid);
        Assert.Empty(_host.Mounts());
    }
}
