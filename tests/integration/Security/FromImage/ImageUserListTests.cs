using Integration.Tests.Harness;
using Mono.Unix.Native;

namespace Integration.Tests.Security.FromImage;

/// <summary>What an image, or a volume over its /etc, has in the place of the list of users, from which HOME comes.</summary>
public sealed class ImageUserListTests
{
    [Theory]
    [InlineData("image")]
    [InlineData("volume")]
    [InlineData("file")]
    [HostOnly] // a loop device
    public void A_block_device_is_not_read(string where)
    {
        using var host = new TempDir();
        host.WriteFile("disk", "root:x:0:0::/secret-of-the-disk:/bin/sh\n" + new string('\n', 4096));
        string loop = Command.Run("losetup", "--find", "--show", host["disk"]).MustSucceed().Text;
        try
        {
            using Bundle bundle = Bundle.Script("echo $HOME").With(c => c.Process!.Env = ["PATH=/bin"]);
            string passwd = Place(bundle, host, where);
            File.Delete(passwd);
            ulong minor = ulong.Parse(loop.AsSpan("/dev/loop".Length), System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal(0, Syscall.mknod(passwd, FilePermissions.S_IFBLK | (FilePermissions)0b110_110_110, (7 << 8) | minor));
            using var cctl = new Cctl();
            Assert.Equal("/", cctl.RunBundle(bundle).MustSucceed().Text);
        }
        finally
        {
            Command.Run("losetup", "--detach", loop).MustSucceed();
        }
    }

    [Theory]
    [InlineData("image")]
    [InlineData("volume")]
    [InlineData("file")]
    public void A_file_is_read_wherever_it_comes_from(string where)
    {
        using var host = new TempDir();
        using Bundle bundle = Bundle.Script("echo $HOME").With(c => c.Process!.Env = ["PATH=/bin"]);
        File.WriteAllText(Place(bundle, host, where), "root:x:0:0::/mine:/bin/sh\n");
        using var cctl = new Cctl();
        Assert.Equal("/mine", cctl.RunBundle(bundle).MustSucceed().Text);
    }

    private static string Place(Bundle bundle, TempDir host, string where)
    {
        if (where == "image")
        {
            return Path.Combine(bundle.Rootfs, "etc/passwd");
        }

        Directory.CreateDirectory(host["etc"]);
        bundle.With(c => c.Mounts!.Add(where == "volume"
            ? new() { Destination = "/etc", Source = host["etc"], Options = ["bind"] }
            : new() { Destination = "/etc/passwd", Source = host["etc/passwd"], Options = ["bind"] }));
        return host["etc/passwd"];
    }
}
