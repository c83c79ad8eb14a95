using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Namespaces;

/// <summary>Guests of an ordinary user: no privilege on the host, a real account.</summary>
[Collection("accounts")]
public sealed class RootlessTests
{
    [Fact]
    public void An_ordinary_user_runs_a_guest_and_is_root_inside()
    {
        using var user = new UserAccount(subordinateIds: false);
        using Bundle bundle = Bundle.Script("id -u; cat /proc/self/uid_map /proc/self/setgroups; hostname; test -w /tmp && touch /tmp/made").With(c => Rootless(c, user));
        user.Own(bundle.Path);
        CommandResult result = Run(user, bundle).MustSucceed();
        Assert.Equal(["0", $"0 {user.Uid} 1", "deny", "guest"], result.Lines.Select(l => string.Join(' ', l.Split(' ', StringSplitOptions.RemoveEmptyEntries))));
        Assert.Equal(user.Uid.ToString((IFormatProvider?)null), Command.Run("stat", "-c", "%u", Path.Combine(bundle.Rootfs, "tmp/made")).MustSucceed().Text);
    }

    [Fact]
    public void With_subordinate_ids_the_guest_has_users_beside_root()
    {
        using var user = new UserAccount(subordinateIds: true);
        (uint firstUid, uint size) = user.Range("/etc/subuid");
        (uint firstGid, _) = user.Range("/etc/subgid");
        using Bundle bundle = Bundle.Script("id -u; id -g; id -G; cat /proc/self/setgroups").With(c =>
        {
            Rootless(c, user);
            c.Linux!.UidMappings!.Add(new() { ContainerID = 1, HostID = firstUid, Size = size });
            c.Linux.GidMappings!.Add(new() { ContainerID = 1, HostID = firstGid, Size = size });
            c.Process!.User = new() { Uid = 1000, Gid = 1001, AdditionalGids = [5] };
        });
        user.Own(bundle.Path);
        Assert.Equal(["1000", "1001", "1001 5", "allow"], Run(user, bundle).MustSucceed().Lines);
    }

    [Fact]
    public void Create_start_and_delete_work_without_privileges()
    {
        using var user = new UserAccount(subordinateIds: false);
        using Bundle bundle = new Bundle("/bin/sleep", "1000").With(c => Rootless(c, user));
        user.Own(bundle.Path);
        string id = Cctl.NewId();
        Cctls(user, "create", "--bundle", bundle.Path, id).MustSucceed();
        Cctls(user, "start", id).MustSucceed();
        Assert.Contains("\"running\"", Cctls(user, "state", id).MustSucceed().Stdout, StringComparison.Ordinal);
        Cctls(user, "kill", id, "KILL").MustSucceed();
        Cctls(user, "delete", "--force", id).MustSucceed();
    }

    [Fact]
    public void Without_a_network_or_cgroup_namespace_the_hosts_sysfs_and_cgroups_are_shown_read_only()
    {
        using var user = new UserAccount(subordinateIds: false);
        using Bundle bundle = Bundle.Script("ls /sys/class >/dev/null && echo sys; touch /sys/x 2>/dev/null || echo refused; ls /sys/fs/cgroup >/dev/null && echo cgroup; mkdir /sys/fs/cgroup/x 2>/dev/null || echo refused").With(c =>
        {
            Rootless(c, user);
            c.Linux!.Namespaces = [.. c.Linux.Namespaces!.Where(n => n.Type is not ("network" or "cgroup"))];
        });
        user.Own(bundle.Path);
        Assert.Equal(["sys", "refused", "cgroup", "refused"], Run(user, bundle).MustSucceed().Lines);
    }

    [Fact]
    public void A_guest_that_stays_in_the_callers_user_namespace_gets_the_hosts_devices()
    {
        using var state = new TempDir();
        using Bundle bundle = Bundle.Script("echo x >/dev/null && head -c 1 /dev/zero | wc -c; id -u").With(c =>
        {
            c.Mounts!.Find(m => m.Type == "devpts")!.Options!.Remove("gid=5");
            c.Linux!.CgroupsPath = null;
        });
        CommandResult result = Command.Run("unshare", "--user", "--map-root-user", "--mount", "--", Cctl.Executable, "--root", state["run"], "run", "--bundle", bundle.Path, Cctl.NewId());
        Assert.Equal(["1", "0"], result.MustSucceed().Lines);
    }

    [Fact]
    public void Files_that_only_root_may_read_cannot_be_bound()
    {
        using var user = new UserAccount(subordinateIds: false);
        using var secret = new TempDir();
        secret.WriteFile("closed/file", "secret");
        Command.Run("chmod", "700", secret["closed"]).MustSucceed();
        using Bundle bundle = Bundle.Script("cat /mnt").With(c =>
        {
            Rootless(c, user);
            c.Mounts!.Add(new() { Destination = "/mnt", Source = secret["closed/file"], Options = ["bind"] });
        });
        user.Own(bundle.Path);
        CommandResult result = Run(user, bundle);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("EACCES: the source cannot be reached with the caller's rights", result.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", result.Stdout, StringComparison.Ordinal);
    }

    internal static void Rootless(RuntimeConfig config, UserAccount user)
    {
        config.Linux!.Namespaces!.Add(new() { Type = "user" });
        config.Linux.UidMappings = [new() { ContainerID = 0, HostID = user.Uid, Size = 1 }];
        config.Linux.GidMappings = [new() { ContainerID = 0, HostID = user.Gid, Size = 1 }];
        config.Mounts!.Find(m => m.Type == "devpts")!.Options!.Remove("gid=5");
    }

    internal static CommandResult Run(UserAccount user, Bundle bundle) => Cctls(user, "run", "--bundle", bundle.Path, Cctl.NewId());

    private static CommandResult Cctls(UserAccount user, params string[] arguments) =>
        user.Command([Cctl.Executable, "--root", Path.Combine(user.Home, "run"), .. arguments]).Run();
}
