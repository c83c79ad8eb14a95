using Integration.Tests.Harness;

namespace Integration.Tests.Checkpoint;

/// <summary>Guests in namespaces that their configuration names by path, as those of a pod are.</summary>
[VmOnly]
public sealed class JoinedNamespaceTests
{
    private static readonly (string Type, string Link)[] s_kinds = [("network", "net"), ("ipc", "ipc"), ("uts", "uts"), ("pid", "pid")];

    [Fact]
    public void A_restored_guest_is_in_the_namespaces_that_its_configuration_names()
    {
        // The first process of a pid namespace must wait for what is left to it, or numbers stay in use.
        using RunningCommand holder = new Command("unshare", "--net", "--ipc", "--uts", "--pid", "--fork", "sh", "-c", "hostname held; echo up; while :; do sleep 1; done").Start();
        holder.WaitForOutput("up", Place.Deadline(5));
        string child = Command.Run("pgrep", "--parent", holder.Pid.ToString(System.Globalization.CultureInfo.InvariantCulture)).MustSucceed().Text;
        using CheckpointFixture test = new CheckpointFixture(Bundle.Script(CheckpointFixture.Counter).With(c =>
        {
            c.Hostname = null;
            foreach ((string type, string link) in s_kinds)
            {
                c.Linux!.Namespaces!.Find(n => n.Type == type)!.Path = $"/proc/{child}/ns/{link}";
            }
        })).Start();
        test.WaitForCount(2);
        Assert.Equal(Links(child), Links(test.State("pid")));
        test.Checkpoint("images").MustSucceed();
        int before = test.Count().Length;
        test.Restore("images").MustSucceed();
        test.WaitForCount(2);
        Assert.True(test.Count().Length > before);
        Assert.Equal(Links(child), Links(test.State("pid")));
        Assert.Equal("held", test.Cctl.Run("exec", test.Id, "hostname").MustSucceed().Text);
        test.Cctl.Run("delete", "--force", test.Id).MustSucceed();

        foreach (string type in (string[])["cgroup", "user", "time"])
        {
            test.Bundle.With(c =>
            {
                c.Linux!.Namespaces!.RemoveAll(n => n.Type is "cgroup" or "user" or "time");
                c.Linux.Namespaces.Add(new() { Type = type, Path = $"/proc/{child}/ns/{type}" });
            });
            Assert.Equal(
                $"cctl: /linux/namespaces: checkpoint and restore cannot join the {type} namespace /proc/{child}/ns/{type}: network, pid, ipc and uts can be joined\n",
                test.Restore("images").MustExit(1).Stderr);
        }
    }

    private static string[] Links(string pid) => [.. s_kinds.Select(k => new FileInfo($"/proc/{pid}/ns/{k.Link}").LinkTarget!)];
}
