using Integration.Tests.Harness;

namespace Integration.Tests.Checkpoint;

/// <summary>keyrings(7): a restored guest and what is run in it have the container's session keyring, never that of who restores it.</summary>
[VmOnly]
public sealed class RestoredKeyringTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_run_in_a_restored_guest_has_its_session_keyring(bool userNamespace)
    {
        using CheckpointFixture test = Restorable(userNamespace);
        test.Shell($"$CCTL restore --detach --bundle {test.Bundle.Path} --image-path {test.Folder["images"]} {test.Id} </dev/null >/dev/null 2>/dev/null").MustSucceed();
        string later = test.Cctl.Run("exec", test.Id, "/keyring").MustSucceed().Text;
        Assert.Contains($";_ses.{test.Id}.", later, StringComparison.Ordinal);
        Assert.Equal("1", test.Cctl.Run("exec", test.Id, "grep", "-c", "_ses." + test.Id, "/proc/keys").MustSucceed().Text);
    }

    [Fact]
    public void Without_room_for_a_keyring_nothing_is_restored()
    {
        using CheckpointFixture test = Restorable(userNamespace: false);
        CommandResult refused = test.Shell(
            $"strace -f -qq -o /dev/null -e trace=keyctl -e inject=keyctl:error=EDQUOT $CCTL restore --detach --bundle {test.Bundle.Path} --image-path {test.Folder["images"]} {test.Id} </dev/null 2>&1").MustExit(1);
        Assert.Contains("EDQUOT", refused.Stdout, StringComparison.Ordinal);
        Assert.Single(refused.Text.Split('\n'));
        Assert.Equal("", test.State("status"));
        test.Restore("images").MustSucceed();
    }

    private static CheckpointFixture Restorable(bool userNamespace)
    {
        var test = new CheckpointFixture(new Bundle("/bin/sleep", "1000"));
        ProgramFiles.Copy(Path.Combine(AppContext.BaseDirectory, "keyring"), Path.Combine(test.Bundle.Rootfs, "keyring"));
        test.Bundle.With(c => c.Linux!.MaskedPaths = []);
        if (userNamespace)
        {
            test.Bundle.InUserNamespace();
        }

        test.Start();
        test.Checkpoint("images").MustSucceed();
        return test;
    }
}
