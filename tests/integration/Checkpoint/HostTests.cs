using Integration.Tests.Harness;

namespace Integration.Tests.Checkpoint;

/// <summary>What a checkpoint and a restore leave of the host as it was.</summary>
[VmOnly]
public sealed class HostTests
{
    [Fact]
    public void The_cgroup_filesystem_keeps_its_options()
    {
        // A mount without options takes them away from all (cgroup_get_tree in kernel/cgroup/cgroup.c), and other tests' runtimes make such.
        Command.Run("mount", "-o", "remount,nsdelegate,memory_recursiveprot", "/sys/fs/cgroup").MustSucceed();
        string before = CgroupOptions();
        Assert.Contains("nsdelegate", before, StringComparison.Ordinal);
        using CheckpointFixture test = new CheckpointFixture(Bundle.Script(CheckpointFixture.Counter)).Start();
        test.WaitForCount(2);
        test.Checkpoint("images").MustSucceed();
        Assert.Equal(before, CgroupOptions());
        test.Restore("images").MustSucceed();
        test.WaitForCount(1);
        Assert.Equal(before, CgroupOptions());
    }

    [Fact]
    public void A_restored_guests_null_devices_are_its_own_and_masks_are_read_only()
    {
        using CheckpointFixture test = new CheckpointFixture(Bundle.Script("sleep 1000 </dev/null & sleep 1001; true")).Start();
        Eventually.True(() => Children(test.State("pid")).Length == 2, Place.Deadline(5), () => "it has not started both");
        test.Checkpoint("images").MustSucceed();
        test.Restore("images").MustSucceed();
        string host = Command.Run("stat", "-c", "%d:%i", "/dev/null").MustSucceed().Text;
        string pid = test.State("pid");
        string[] own = Command.Run("sh", "-c", $"stat -L -c '%t:%T %d:%i' /proc/{pid}/fd/0 /proc/{pid}/fd/1 /proc/{pid}/root/proc/kcore /proc/{pid}/root/proc/keys; for p in $(cat /proc/{pid}/task/*/children); do stat -L -c '%t:%T %d:%i' /proc/$p/fd/1; done").MustSucceed().Lines;
        Assert.All(own, l => Assert.StartsWith("1:3 ", l, StringComparison.Ordinal));
        Assert.All(own, l => Assert.DoesNotContain(host, l, StringComparison.Ordinal));
        Assert.Equal("kept", test.Cctl.Run("exec", test.Id, "/bin/sh", "-c", "chmod 600 /proc/kcore 2>/dev/null || chmod 600 /proc/keys 2>/dev/null || chmod 600 /proc/1/fd/0 2>/dev/null || echo kept").MustSucceed().Text);
    }

    private static string[] Children(string pid) => File.ReadAllText($"/proc/{pid}/task/{pid}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static string CgroupOptions() => File.ReadLines("/proc/self/mountinfo").Single(l => l.Contains(" /sys/fs/cgroup ", StringComparison.Ordinal)).Split(" - ")[1];
}
