using Integration.Tests.Harness;

namespace Integration.Tests.Checkpoint;

/// <summary>Options of criu's by what they do.</summary>
[VmOnly]
public sealed class SwitchTests
{
    [Fact]
    public void Lazy_pages_are_fetched_from_the_checkpoint_that_waits_and_status_fd_says_when()
    {
        const string Port = "4757";
        using CheckpointFixture test = new CheckpointFixture(Bundle.Script(CheckpointFixture.Counter)).Start();
        test.WaitForCount(2);
        string options = $"--lazy-pages --status-fd 9 --page-server 127.0.0.1:{Port} --image-path {test.Folder["images"]}";
        using RunningCommand checkpoint = new Command("sh", "-c", $"{Cctl.Executable} --root {test.Cctl.StateRoot} checkpoint {options} {test.Id} 9>{test.Folder["status"]}") { Timeout = Place.Deadline(20) }.Start();
        Eventually.True(() => File.Exists(test.Folder["status"]) && new FileInfo(test.Folder["status"]).Length > 0, Place.Deadline(10), () => "nothing is said over --status-fd: " + checkpoint.Stderr);
        Assert.Equal([0], File.ReadAllBytes(test.Folder["status"]));
        Assert.False(checkpoint.HasExited);
        Directory.CreateDirectory(test.Folder["work"]);
        using RunningCommand pages = new Command("/usr/sbin/criu", "lazy-pages", "--page-server", "--address", "127.0.0.1", "--port", Port, "--images-dir", test.Folder["images"], "--work-dir", test.Folder["work"]).Start();
        Eventually.True(() => File.Exists(test.Folder["work/lazy-pages.socket"]), Place.Deadline(5), () => "criu lazy-pages: " + pages.Stderr);

        // The first container is there until its last page is fetched.
        string second = Cctl.NewId();
        int before = test.Count().Length;
        test.Shell($"$CCTL restore --lazy-pages --detach --bundle {test.Bundle.Path} --image-path {test.Folder["images"]} --work-path {test.Folder["work"]} {second} </dev/null >/dev/null 2>{test.Folder["errors"]} || {{ cat {test.Folder["errors"]} >&2; exit 1; }}").MustSucceed();
        test.WaitForCount(2);
        Assert.True(test.Count().Length > before);
        checkpoint.Wait(Place.Deadline(20)).MustSucceed();
        pages.Wait(Place.Deadline(20)).MustSucceed();
        test.WaitForCount(2);
        Assert.Equal("", test.State("status"));
    }

    [Fact]
    public void Auto_dedup_frees_what_the_later_images_replace_and_an_empty_network_loses_its_devices()
    {
        using CheckpointFixture test = new CheckpointFixture(Bundle.Script(CheckpointFixture.Counter)).Start();
        test.WaitForCount(2);
        Command.Run("nsenter", "--net", "--target", test.State("pid"), "ip", "link", "add", "guest0", "type", "dummy").MustSucceed();
        test.Checkpoint("1", "--pre-dump").MustSucceed();
        long before = Blocks(test.Folder["1"]);
        test.WaitForCount(2);
        test.Checkpoint("2", "--parent-path ../1 --auto-dedup --empty-ns network").MustSucceed();
        Assert.InRange(Blocks(test.Folder["1"]), 0, before - 1);
        test.Restore("2", "--empty-ns network").MustSucceed();
        test.WaitForCount(2);
        string links = Command.Run("nsenter", "--net", "--target", test.State("pid"), "ip", "-o", "link").MustSucceed().Stdout;
        Assert.Contains("lo:", links, StringComparison.Ordinal);
        Assert.DoesNotContain("guest0", links, StringComparison.Ordinal);
    }

    [Fact]
    public void A_profile_takes_the_recorded_ones_place_and_what_this_kernel_has_not_is_refused()
    {
        using CheckpointFixture test = new(Bundle.Script(CheckpointFixture.Counter).With(c => c.Process!.ApparmorProfile = "cctl-ckpt-a"));
        string profiles = test.Folder.WriteFile("profiles", string.Concat(((string[])["a", "b"]).Select(n =>
            $"profile cctl-ckpt-{n} flags=(attach_disconnected,mediate_deleted) {{ file, capability, network, mount, umount, signal, unix, ptrace, }}\n")));
        Command.Run("apparmor_parser", "--replace", profiles).MustSucceed();
        try
        {
            test.Start();
            test.WaitForCount(2);
            test.Checkpoint("images").MustSucceed();
            test.Restore("images", "--lsm-profile apparmor:cctl-ckpt-b").MustSucceed();
            test.WaitForCount(2);
            Assert.StartsWith("cctl-ckpt-b ", File.ReadAllText($"/proc/{test.State("pid")}/attr/apparmor/current"), StringComparison.Ordinal);
            test.Cctl.Run("delete", "--force", test.Id).MustSucceed();

            Assert.Equal("cctl: --lsm-profile other:x: neither apparmor:NAME nor selinux:LABEL\n", test.Restore("images", "--lsm-profile other:x").MustExit(1).Stderr);
            Assert.Equal("cctl: --lsm-profile selinux:x: SELinux is not enabled on this kernel\n", test.Restore("images", "--lsm-profile selinux:x").MustExit(1).Stderr);
            Assert.Equal(
                "cctl: --lsm-mount-context x: SELinux is not enabled on this kernel, and no other module has contexts of mounts\n",
                test.Restore("images", "--lsm-mount-context x").MustExit(1).Stderr);
            test.Restore("images").MustSucceed();
            Assert.StartsWith("cctl-ckpt-a ", File.ReadAllText($"/proc/{test.State("pid")}/attr/apparmor/current"), StringComparison.Ordinal);
        }
        finally
        {
            test.Cctl.Run("delete", "--force", test.Id);
            Command.Run("apparmor_parser", "--remove", profiles);
        }
    }

    private static long Blocks(string folder) =>
        long.Parse(Command.Run("sh", "-c", $"du --block-size=512 --total {folder}/pages-*.img | tail -n 1 | cut -f 1").MustSucceed().Text, System.Globalization.CultureInfo.InvariantCulture);
}
