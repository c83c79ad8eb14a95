using System.Globalization;
using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Devices;

/// <summary>config-linux.md, "Devices", "Default Devices" and "Dev symbolic links".</summary>
public sealed class DeviceTests
{
    private const string Show = "stat -c '%n %F %t:%T %a %u:%g'";

    [Fact]
    public void The_default_devices_are_there()
    {
        using Bundle bundle = Bundle.Script($"{Show} /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty");
        Assert.Equal(
            [
                "/dev/null character special file 1:3 666 0:0",
                "/dev/zero character special file 1:5 666 0:0",
                "/dev/full character special file 1:7 666 0:0",
                "/dev/random character special file 1:8 666 0:0",
                "/dev/urandom character special file 1:9 666 0:0",
                "/dev/tty character special file 5:0 666 0:0",
            ],
            Run(bundle).Lines);
    }

    [Fact]
    public void The_links_of_dev_are_there()
    {
        using Bundle bundle = Bundle.Script("for l in fd stdin stdout stderr ptmx core; do readlink /dev/$l; done; true");
        string[] core = File.Exists("/proc/kcore") ? ["/proc/kcore"] : [];
        Assert.Equal(["/proc/self/fd", "/proc/self/fd/0", "/proc/self/fd/1", "/proc/self/fd/2", "pts/ptmx", .. core], Run(bundle).Lines);
    }

    [Fact]
    public void The_default_devices_work()
    {
        using Bundle bundle = Bundle.Script("head -c 3 /dev/zero | wc -c; head -c 3 /dev/urandom | wc -c; echo x >/dev/null; echo x 2>/dev/null >/dev/full || echo full");
        Assert.Equal(["3", "3", "full"], Run(bundle).Lines);
    }

    [Theory]
    [InlineData("c", 10L, 200L, "character special file", "a:c8")]
    [InlineData("u", 10L, 229L, "character special file", "a:e5")]
    [InlineData("b", 7L, 300L, "block special file", "7:12c")]
    [InlineData("p", null, null, "fifo", "0:0")]
    public void A_device_has_its_kind_number_mode_and_owner(string type, long? major, long? minor, string kind, string number)
    {
        using Bundle bundle = Bundle.Script($"{Show} /dev/sub/made");
        Assert.Equal($"/dev/sub/made {kind} {number} 640 5:6", Run(bundle, new LinuxDevice { Type = type, Path = "/dev/sub/made", Major = major, Minor = minor, FileMode = 0x1a0, Uid = 5, Gid = 6 }).Text);
    }

    [Fact]
    public void A_mode_with_the_files_kind_in_it_gives_its_permissions()
    {
        using Bundle bundle = Bundle.Script("stat -c '%a %F' /dev/made");
        const uint CharacterDevice0620 = 0x2190;
        Assert.Equal("620 character special file", Run(bundle, new LinuxDevice { Type = "c", Path = "/dev/made", Major = 1, Minor = 3, FileMode = CharacterDevice0620 }).Text);
    }

    [Fact]
    public void Without_a_mode_a_device_is_open_to_all()
    {
        using Bundle bundle = Bundle.Script("stat -c '%a %u %g' /dev/made");
        Assert.Equal("666 0 0", Run(bundle, new LinuxDevice { Type = "c", Path = "/dev/made", Major = 1, Minor = 3 }).Text);
    }

    [Fact]
    public void A_default_device_of_the_config_takes_the_place_of_the_own_one()
    {
        using Bundle bundle = Bundle.Script("stat -c '%t:%T %a %u' /dev/null");
        Assert.Equal("1:3 600 7", Run(bundle, new LinuxDevice { Type = "c", Path = "/dev/null", Major = 1, Minor = 3, FileMode = 0x180, Uid = 7 }).Text);
    }

    [Fact]
    public void A_device_outside_dev_is_made_where_the_config_says()
    {
        using Bundle bundle = Bundle.Script("stat -c '%t:%T' /other/place/made");
        Assert.Equal("1:3", Run(bundle, new LinuxDevice { Type = "c", Path = "/other/place/made", Major = 1, Minor = 3 }).Text);
    }

    [Fact]
    public void In_a_user_namespace_devices_are_nodes_of_the_containers_own()
    {
        using Bundle bundle = Bundle.Script("stat -c '%n %t:%T %u:%g' /dev/null /dev/tty /dev/kmsg; stat -c %d:%i /dev/null; echo x >/dev/null && echo written; head -c 2 /dev/zero | wc -c").InUserNamespace();
        List<string> lines = [.. Run(bundle, new LinuxDevice { Type = "c", Path = "/dev/kmsg", Major = 1, Minor = 11 }).Lines];
        Assert.NotEqual(Command.Run("stat", "-c", "%d:%i", "/dev/null").Text, lines[3]);
        lines.RemoveAt(3);
        Assert.Equal(["/dev/null 1:3 0:0", "/dev/tty 5:0 0:0", "/dev/kmsg 1:b 0:0", "written", "2"], lines);
    }

    [Fact]
    public void Something_else_in_the_place_of_a_device_is_refused()
    {
        using Bundle bundle = Bundle.Script("true");
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "node"));
        File.WriteAllText(Path.Combine(bundle.Rootfs, "node/made"), "");
        using var cctl = new Cctl();
        bundle.With(c => c.Linux!.Devices = [new LinuxDevice { Type = "c", Path = "/node/made", Major = 1, Minor = 3 }]);
        CommandResult result = cctl.RunBundle(bundle);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("/linux/devices/0: make /node/made", result.Stderr, StringComparison.Ordinal);
        Assert.Contains("EEXIST: the root filesystem has something else in the place of this device", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void The_guest_has_no_terminal_of_its_own_without_asking_for_one()
    {
        using Bundle bundle = Bundle.Script("ls -A /dev/pts; test -e /dev/console || echo none");
        Assert.Equal(["ptmx", "none"], Run(bundle).Lines);
    }

    [Fact]
    public void The_guest_can_make_terminals_of_its_own()
    {
        using Bundle bundle = Bundle.Script("exec 3<>/dev/ptmx; ls /dev/pts");
        Assert.Equal(["0", "ptmx"], Run(bundle).Lines.Order(StringComparer.Create(CultureInfo.InvariantCulture, false)));
    }

    private static CommandResult Run(Bundle bundle, params LinuxDevice[] devices)
    {
        using var cctl = new Cctl();
        bundle.With(c => c.Linux!.Devices = [.. devices]);
        return cctl.RunBundle(bundle).MustSucceed();
    }
}
