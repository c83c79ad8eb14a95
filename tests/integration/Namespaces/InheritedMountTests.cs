using Integration.Tests.Harness;
using Integration.Tests.Reliability;

namespace Integration.Tests.Namespaces;

/// <summary>
/// config-linux.md, "Namespaces": a kind that is not listed is inherited. Root and mounts of a container without a mount
/// namespace are made in the runtime's own, here one of the test's, whose mounts are shared with a service's as on a host with
/// systemd: nothing of them shows up there, its own propagation stays, and nothing is left after the container.
/// </summary>
public sealed class InheritedMountTests : IDisposable
{
    private readonly Cctl _cctl = new();
    private readonly RunningCommand _host;
    private readonly RunningCommand _service;
    private readonly List<string> _own = [];

    public InheritedMountTests()
    {
        _host = new Command("unshare", "-m", "--propagation", "private", "sh", "-c", "mount --make-rshared / && echo ready && exec cat").Start();
        _host.WaitForOutput("ready", Place.Deadline(10));
        _service = new Command("nsenter", "-t", $"{_host.Pid}", "-m", "unshare", "-m", "--propagation", "slave", "sh", "-c", "echo ready && exec cat").Start();
        _service.WaitForOutput("ready", Place.Deadline(10));
    }

    public void Dispose()
    {
        _cctl.Dispose();
        _service.Dispose();
        _host.Dispose();
    }

    [Fact]
    public void Root_and_mounts_are_made_there_shown_to_nobody_else_and_gone_with_the_container()
    {
        using Bundle bundle = Without(new Bundle("/bin/sleep", "1000")).With(c =>
        {
            c.Root!.Readonly = true;
            c.Mounts!.Add(new() { Destination = "/mnt", Source = "/sys", Options = ["rbind", "ro"] });
        });
        string[] before = Mounts(_host.Pid), beforeOfService = Mounts(_service.Pid);
        string id = Cctl.NewId();
        Run("run", "--detach", "--bundle", bundle.Path, id).MustSucceed();
        int pid = _cctl.PidOf(id);

        Assert.Equal(Namespace(_host.Pid), Namespace(pid));
        Assert.Equal("proc tmpfs sysfs", Run("exec", id, "sh", "-c", "stat -f -c %T /proc /dev /mnt | tr '\\n' ' ' | sed 's/ $//'").MustSucceed().Text);
        Assert.Equal("1 kept", Run("exec", id, "sh", "-c", "echo $(touch /x 2>&1 | grep -c Read-only) $(test -e /proc/1/root/etc/fstab || echo kept)").MustSucceed().Text);
        // What was there is as it was, with its peer groups; to the service only the lowest mount came.
        Assert.All(before, l => Assert.Contains(l, Mounts(_host.Pid)));
        Assert.Single(Mounts(_service.Pid).Except(beforeOfService), l => l.Contains(bundle.Rootfs + " ", StringComparison.Ordinal) && l.Contains(" - tmpfs cctl.", StringComparison.Ordinal));
        Assert.DoesNotContain(bundle.Path, File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);

        Run("delete", "--force", id).MustSucceed();
        Assert.Equal(before, Mounts(_host.Pid));
        Assert.Equal(beforeOfService, Mounts(_service.Pid));
    }

    [Fact]
    public void They_are_taken_away_by_a_delete_from_another_mount_namespace()
    {
        using Bundle bundle = Without(new Bundle("/bin/sleep", "1000"));
        string[] before = Mounts(_host.Pid);
        string id = Cctl.NewId();
        Run("run", "--detach", "--bundle", bundle.Path, id).MustSucceed();
        _cctl.Run("delete", "--force", id).MustSucceed();
        Assert.Equal(before, Mounts(_host.Pid));
    }

    [Fact]
    public void A_launch_that_fails_leaves_nothing()
    {
        using Bundle bundle = Without(new Bundle("/bin/nothing"));
        string[] before = Mounts(_host.Pid);
        Assert.NotEqual(0, Run("run", "--bundle", bundle.Path, Cctl.NewId()).ExitCode);
        Assert.Equal(before, Mounts(_host.Pid));
    }

    [Theory]
    [InlineData("guest")]
    [InlineData("child")]
    [InlineData("runtime")]
    public void A_launch_that_is_killed_at_any_operation_leaves_nothing(string who)
    {
        using Bundle bundle = Without(new Bundle("/bin/sleep", "1000"));
        string[] before = Mounts(_host.Pid);
        using var point = new KillPoint(_cctl, bundle, "nsenter", "-t", $"{_host.Pid}", "-m");
        point.Every(who, who == "runtime" ? 40 : 6, () => Assert.Equal(before, Mounts(_host.Pid)), "create", "--bundle", bundle.Path);
        Assert.Equal(before, Mounts(_host.Pid));
    }

    [Fact]
    public void A_second_container_on_the_same_root_is_refused_while_the_first_is_there()
    {
        using Bundle bundle = Without(new Bundle("/bin/sleep", "1000"));
        string[] before = Mounts(_host.Pid);
        string id = Cctl.NewId();
        Run("run", "--detach", "--bundle", bundle.Path, id).MustSucceed();
        string second = Cctl.NewId();
        Assert.Contains("/root/path: another container without a mount namespace of its own has its mounts at ", Run("run", "--detach", "--bundle", bundle.Path, second).MustExit(1).Stderr, StringComparison.Ordinal);
        Leftovers.AssertNone(_cctl.StateRoot, second, null, "refused");
        Run("delete", "--force", id).MustSucceed();
        Assert.Equal(before, Mounts(_host.Pid));
    }

    [Fact]
    public void With_the_hosts_root_or_a_user_namespace_there_is_a_way_out()
    {
        using Bundle root = Without(new Bundle("/bin/true")).With(c => c.Root!.Path = "/");
        Assert.Contains("/mounts/0: with the host's own root the guest would change the host's mounts: add {\"type\": \"mount\"} to /linux/namespaces, or name another directory in /root/path", Run("run", "--bundle", root.Path, Cctl.NewId()).MustExit(1).Stderr, StringComparison.Ordinal);

        using Bundle user = Without(new Bundle("/bin/true")).With(c =>
        {
            c.Linux!.Namespaces!.Add(new() { Type = "user" });
            c.Linux.UidMappings = [new() { ContainerID = 0, HostID = 100000, Size = 65536 }];
            c.Linux.GidMappings = [new() { ContainerID = 0, HostID = 100000, Size = 65536 }];
        });
        Assert.Contains("/mounts/0: without a mount namespace in the config the mounts are made in the runtime's, over which a user namespace has no rights: add", Run("run", "--bundle", user.Path, Cctl.NewId()).MustExit(1).Stderr, StringComparison.Ordinal);
    }

    private CommandResult Run(params string[] arguments) => new Command("nsenter", ["-t", $"{_host.Pid}", "-m", Cctl.Executable, "--root", _cctl.StateRoot, .. arguments]).Run();

    private Bundle Without(Bundle bundle)
    {
        _own.Add(bundle.Path);
        return bundle.With(c =>
        {
            c.Linux!.Namespaces!.RemoveAll(n => n.Type == "mount");
            c.Linux.MaskedPaths = c.Linux.ReadonlyPaths = null;
        });
    }

    private static string Namespace(int pid) => new FileInfo($"/proc/{pid}/ns/mnt").LinkTarget!;

    // Whole lines, with their peer groups. A mount of another test that came along goes with its directory.
    private string[] Mounts(int pid) =>
        [.. File.ReadLines($"/proc/{pid}/mountinfo").Where(l => !l.Contains("/cctl-test-", StringComparison.Ordinal) || _own.Exists(o => l.Contains(o, StringComparison.Ordinal)))];
}
