using Integration.Tests.Harness;

namespace Integration.Tests.Checkpoint;

/// <summary>A bundle whose root.path is a symlink, as snapshots' are: what it leads to is the root, before and after.</summary>
[VmOnly]
public sealed class LinkedRootTests
{
    [Fact]
    public void A_guest_whose_root_is_a_symlink_is_restored_into_what_it_leads_to()
    {
        using var test = new CheckpointFixture(new Bundle("/bin/sh", "-c", CheckpointFixture.Counter));
        Directory.Move(test.Bundle.Rootfs, test.Bundle["real"]);
        File.CreateSymbolicLink(test.Bundle.Rootfs, "real");
        test.Start();
        test.WaitForCount(2);
        test.Checkpoint("images").MustSucceed();
        int before = test.Count()[^1];
        test.Restore("images").MustSucceed();
        test.WaitForCount(2);
        Assert.True(test.Count()[^1] > before);
        Assert.Equal("real", new FileInfo(test.Bundle.Rootfs).LinkTarget);
        Assert.Equal("running", test.State("status"));
    }
}
