using Integration.Tests.Harness;

namespace Integration.Tests.Checkpoint;

/// <summary>Checkpoint and restore with cgroups that systemd makes.</summary>
[VmOnly]
public sealed class SystemdTests
{
    [Fact]
    public void A_restored_guest_is_in_a_scope_of_its_own_with_its_limits()
    {
        using CheckpointFixture test = new CheckpointFixture(
            Bundle.Script(CheckpointFixture.Counter).With(c => c.Linux!.Resources = new() { Pids = new() { Limit = 50 }, Memory = new() { Limit = 64 << 20 } }),
            "--systemd-cgroup").Start();
        test.WaitForCount(2);
        string unit = $"cctl-{test.Id}.scope";
        test.Checkpoint("images").MustSucceed();
        Assert.Equal("not-found", Show(unit, "LoadState"));
        Leftovers.AssertNone(test.Cctl.StateRoot, test.Id, test.Bundle.Path, "after the checkpoint");

        // The configuration has the last word over limits, not the images.
        test.Bundle.With(c => c.Linux!.Resources!.Pids!.Limit = 40);
        test.Restore("images").MustSucceed();
        test.WaitForCount(2);
        string cgroup = Leftovers.Cgroups(test.Id).Single();
        Assert.EndsWith("/" + unit, cgroup, StringComparison.Ordinal);
        Assert.Contains("/" + unit, File.ReadAllText($"/proc/{test.State("pid")}/cgroup"), StringComparison.Ordinal);
        Assert.Equal(("40", "67108864"), (File.ReadAllText($"{cgroup}/pids.max").Trim(), File.ReadAllText($"{cgroup}/memory.max").Trim()));
        Assert.Equal(("active", "40", "67108864"), (Show(unit, "ActiveState"), Show(unit, "TasksMax"), Show(unit, "MemoryMax")));
        Command.Run("systemctl", "daemon-reload").MustSucceed();
        Assert.Equal("40", File.ReadAllText($"{cgroup}/pids.max").Trim());

        test.Cctl.Run("delete", "--force", test.Id).MustSucceed();
        Leftovers.AssertNone(test.Cctl.StateRoot, test.Id, test.Bundle.Path, "after the end");
        Assert.Equal("not-found", Show(unit, "LoadState"));

        // Under another name, as an archive is imported: the place in the images is another's.
        test.Bundle.With(c => c.Linux!.CgroupsPath = "system.slice:other:" + test.Id);
        test.Restore("images").MustSucceed();
        Assert.Contains($"/other-{test.Id}.scope", File.ReadAllText($"/proc/{test.State("pid")}/cgroup"), StringComparison.Ordinal);
        Assert.Equal("40", Show($"other-{test.Id}.scope", "TasksMax"));
    }

    private static string Show(string unit, string property) => Command.Run("systemctl", "show", "--value", "--property", property, unit).MustSucceed().Text;
}
