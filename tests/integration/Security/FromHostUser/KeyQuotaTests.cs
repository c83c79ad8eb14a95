using Integration.Tests.Harness;

namespace Integration.Tests.Security.FromHostUser;

/// <summary>keyrings(7): a user's quota of keys is used up. A guest then gets no keyring of its own, and must not get its caller's.</summary>
[Collection("accounts")]
public sealed class KeyQuotaTests
{
    [Fact]
    public void Without_room_for_a_keyring_nothing_runs_in_the_callers()
    {
        using var user = new UserAccount(subordinateIds: false);
        using Bundle bundle = Bundle.Script("echo ran; /keyring").With(c =>
        {
            c.Linux!.Namespaces!.Add(new() { Type = "user" });
            c.Linux.UidMappings = [new() { ContainerID = 0, HostID = user.Uid, Size = 1 }];
            c.Linux.GidMappings = [new() { ContainerID = 0, HostID = user.Gid, Size = 1 }];
            c.Mounts!.RemoveAll(m => m.Type is "cgroup");
            c.Mounts.Single(m => m.Type == "devpts").Options!.RemoveAll(o => o.StartsWith("gid=", StringComparison.Ordinal));
        });
        ProgramFiles.Copy(Path.Combine(AppContext.BaseDirectory, "keyring"), Path.Combine(bundle.Rootfs, "keyring"));
        user.Own(bundle.Path);
        string[] run = [Cctl.Executable, "--root", user.Home + "/state", "run"];

        // All in one session, since the kernel takes its keys back some time after its end.
        string script = "\"$@\" one 2>&1; echo exit status $?; \"$@\" --no-new-keyring two";
        CommandResult result = user.Command([Path.Combine(AppContext.BaseDirectory, "fill-keys"), "sh", "-c", script, "sh", .. run, "--bundle", bundle.Path]).Run().MustSucceed();
        int end = Array.IndexOf(result.Lines, "exit status 1");
        Assert.True(end > 0, $"it ran:\n{result.Stdout}");
        string message = Assert.Single(result.Lines[..end], l => !l.StartsWith("cctl: warning: ", StringComparison.Ordinal));
        Assert.Contains("EDQUOT", message, StringComparison.Ordinal);
        Assert.Contains("--no-new-keyring", message, StringComparison.Ordinal); // the way out for who wants the caller's
        Assert.Contains(result.Lines[end..], l => l.EndsWith(";callers", StringComparison.Ordinal)); // so there was something to see
    }
}
