using System.Globalization;
using Integration.Tests.Harness;
using Mono.Unix.Native;

namespace Integration.Tests.Security.FromGuest;

/// <summary>What a guest's root puts in the place of its list of users: exec reads it with the host's rights.</summary>
public sealed class UserListTests : IDisposable
{
    private readonly Cctl _cctl = new();
    private readonly string _id = Cctl.NewId();
    private readonly Bundle _bundle = new("/bin/sleep", "1000");

    public UserListTests() => _bundle.With(c => c.Process!.Env = ["PATH=/bin", "PASSWD=\nx:x:0:0::/home-by-the-kernel:/bin/sh\n"]);

    public void Dispose()
    {
        _cctl.Dispose();
        _bundle.Dispose();
    }

    [Fact]
    [HostOnly] // a loop device
    public void A_block_device_is_not_read()
    {
        using var host = new TempDir();
        host.WriteFile("disk", "intruder:x:0:0::/secret-of-the-disk:/bin/sh\nsecret:x:7:\n" + new string('\n', 4096));
        string loop = Command.Run("losetup", "--find", "--show", host["disk"]).MustSucceed().Text;
        try
        {
            Start();
            MakeNode("etc/passwd", loop);
            MakeNode("etc/group", loop);
            Assert.Equal("/", Home());
            AssertNoUser("intruder");
            Assert.Contains("no group \"secret\"", _cctl.Run("exec", "--user", "0:secret", _id, "id").MustExit(255).Stderr, StringComparison.Ordinal);
        }
        finally
        {
            Command.Run("losetup", "--detach", loop).MustSucceed();
        }
    }

    [Theory]
    [InlineData("/proc/1/environ")]
    [InlineData("/proc/kmsg")]
    [InlineData("/sys/kernel/uevent_seqnum")]
    public void A_file_of_the_kernels_is_not_read(string target)
    {
        Start();
        Replace("etc/passwd", path => File.CreateSymbolicLink(path, target));
        Assert.Equal("/", Home());
        AssertNoUser("x");
    }

    [Fact]
    public void A_fifo_does_not_keep_anybody_waiting()
    {
        Start();
        Replace("etc/passwd", path => Assert.Equal(0, Syscall.mkfifo(path, (FilePermissions)0b110_110_110)));
        Assert.Equal("/", Home());
        AssertNoUser("x");
    }

    [Fact]
    public void A_link_inside_the_root_is_followed_and_one_to_the_outside_leads_nowhere()
    {
        using var host = new TempDir();
        string outside = host.WriteFile("passwd", "root:x:0:0::/of-the-host:/bin/sh\n");
        Start();
        File.WriteAllText(Path.Combine(_bundle.Rootfs, "usr/passwd"), "root:x:0:0::/inside:/bin/sh\n");
        Replace("etc/passwd", path => File.CreateSymbolicLink(path, "/usr/passwd"));
        Assert.Equal("/inside", Home());
        Replace("etc/passwd", path => File.CreateSymbolicLink(path, "../../../../../../.." + outside));
        Assert.Equal("/", Home());
    }

    [Fact]
    [HostOnly]
    public void A_list_of_a_million_empty_lines_is_read_like_any_other()
    {
        Start();
        Replace("etc/group", path => File.WriteAllText(path, new string('\n', (1 << 20) - 100) + "late:x:77:\n"));
        Assert.Equal("77", _cctl.Run("exec", "--user", "0:late", _id, "id", "-g").MustSucceed().Text);
    }

    private void Start() => _cctl.Run("run", "--detach", "--bundle", _bundle.Path, _id).MustSucceed();

    private string Home() => _cctl.Run("exec", _id, "sh", "-c", "echo $HOME").MustSucceed().Text;

    private void AssertNoUser(string name) =>
        Assert.Contains($"the guest's /etc/passwd has no user \"{name}\"", _cctl.Run("exec", "--user", name, _id, "id").MustExit(255).Stderr, StringComparison.Ordinal);

    private void Replace(string name, Action<string> make)
    {
        string path = Path.Combine(_bundle.Rootfs, name);
        File.Delete(path);
        make(path);
    }

    private void MakeNode(string name, string device)
    {
        ulong number = ulong.Parse(Command.Run("stat", "-c", "%Hr %Lr", device).MustSucceed().Text.Split(' ')[1], CultureInfo.InvariantCulture);
        Replace(name, path => Assert.Equal(0, Syscall.mknod(path, FilePermissions.S_IFBLK | (FilePermissions)0b110_110_110, (7 << 8) | number)));
    }
}
