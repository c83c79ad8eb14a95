using Integration.Tests.Harness;

namespace Integration.Tests.Checkpoint;

/// <summary>Images that somebody else made, restored under a configuration that allows less than they ask for.</summary>
[VmOnly]
public sealed class HostileImageTests
{
    [Fact]
    public void Images_get_no_more_than_the_configuration_allows_and_nothing_is_left_of_those_that_ask_for_it()
    {
        using var source = new TempDir();
        source.WriteFile("secret", "of the host");
        using CheckpointFixture test = new CheckpointFixture(Bundle.Script(CheckpointFixture.Counter).With(c =>
        {
            c.Mounts!.Add(new() { Destination = "/data", Type = "bind", Source = source.Path, Options = ["bind", "rw"] });
            c.Linux!.Namespaces!.RemoveAll(n => n.Type == "ipc");
        })).Start();
        test.WaitForCount(2);
        test.Checkpoint("images").MustSucceed();
        int count = test.Count().Length;

        Refused(test, "/mounts: restored process [0-9]+: /data can be written to", c => c.Mounts![^1].Options = ["bind", "ro"]);
        Refused(test, "/process/capabilities: restored process [0-9]+: CapBnd has more", c =>
        {
            c.Mounts![^1].Options = ["bind", "rw"];
            c.Process!.Capabilities = new() { Bounding = ["CAP_KILL"], Effective = ["CAP_KILL"], Permitted = ["CAP_KILL"] };
        });
        Refused(test, "ids-1.img: /linux/namespaces: it is in no ipc namespace of its own", c =>
        {
            c.Process!.Capabilities = DefaultConfig.For("x").Process!.Capabilities;
            c.Linux!.Namespaces!.Add(new() { Type = "ipc" });
        });

        // A key that the configuration does not have stands for nothing.
        Refused(test, "mountpoints-[0-9]+.img: /mounts: /data bears the key \"cctl-mount-[0-9a-f]{16}\", which this configuration does not have", c =>
        {
            c.Linux!.Namespaces!.RemoveAll(n => n.Type == "ipc");
            c.Mounts!.RemoveAt(c.Mounts.Count - 1);
        });
        Assert.Equal(count, test.Count().Length);

        // A link among the images would be read, or written to, with the host's rights.
        File.CreateSymbolicLink(test.Folder["images/pages-9.img"], "/etc/shadow");
        Refused(test, "\"pages-9.img\" is no plain file", _ => { });
    }

    private static void Refused(CheckpointFixture test, string message, Action<OciSpec.RuntimeConfig> change)
    {
        test.Bundle.With(change);
        CommandResult result = test.Restore("images").MustExit(1);
        Assert.True(System.Text.RegularExpressions.Regex.IsMatch(result.Stderr, message), $"not {message}: {result.Stderr}");
        Assert.Single(result.Stderr.TrimEnd('\n').Split('\n'));
        Leftovers.AssertNone(test.Cctl.StateRoot, test.Id, test.Bundle.Path, message);
    }
}
