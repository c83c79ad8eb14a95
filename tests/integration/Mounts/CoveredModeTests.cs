using Integration.Tests.Harness;
using Mono.Unix.Native;
using OciSpec;

namespace Integration.Tests.Mounts;

/// <summary>The mode of a tmpfs that the config gives none: that of the directory which it covers.</summary>
public sealed class CoveredModeTests
{
    [Fact]
    public void A_tmpfs_keeps_the_mode_of_what_it_covers()
    {
        Assert.Equal(["712 0 0", "700 0 0", "1777 0 0"], Modes([]));
        Assert.Equal(["712 0 0", "700 0 0", "1777 0 0"], Modes(["ro"]));
    }

    [Fact]
    public void A_mode_of_the_config_goes_before_it() => Assert.Equal(["755 0 0", "755 0 0", "755 0 0"], Modes(["mode=755"]));

    [Fact]
    public void An_option_of_any_length_changes_nothing_about_it() => Assert.Equal(["712 0 0", "700 0 0", "1777 0 0"], Modes(["mpol=bind:" + string.Join(',', Enumerable.Repeat("0", 150))]));

    private static string[] Modes(List<string> options)
    {
        using var cctl = new Cctl();
        using Bundle bundle = Bundle.Script("stat -c '%a %u %g' /a /b /made").With(c => c.Mounts!.AddRange(
            new[] { "/a", "/b", "/made" }.Select(d => new Mount { Destination = d, Type = "tmpfs", Source = "tmpfs", Options = options })));
        foreach ((string name, FilePermissions mode) in new[] { ("a", (FilePermissions)0x1ca), ("b", (FilePermissions)0x1c0) })
        {
            string path = Path.Combine(bundle.Rootfs, name);
            Directory.CreateDirectory(path);
            Assert.Equal(0, Syscall.chmod(path, mode));
            Assert.Equal(0, Syscall.chown(path, 5, 6));
        }

        return cctl.RunBundle(bundle).MustSucceed().Lines;
    }
}
