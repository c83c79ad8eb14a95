using Integration.Tests.Harness;
using Integration.Tests.Reliability;
using OciSpec;

namespace Integration.Tests.Namespaces;

/// <summary>
/// config-linux.md, "Namespaces": a mount namespace that is joined by its path. Root and mounts are set up in it, its other
/// processes keep their root, the host's namespace stays as it is, and nothing is left in it after the container.
/// </summary>
public sealed class JoinedMountTests : IDisposable
{
    private readonly Cctl _cctl = new();
    private readonly TempDir _provided = new();
    private readonly RunningCommand _keeper;
    private readonly List<string> _own = [];

    public JoinedMountTests()
    {
        _own.Add(_provided.Path);
        // As on a host with systemd, whose mounts are shared; but what other tests mount meanwhile does not come along.
        _keeper = new Command("unshare", "-m", "--propagation", "private", "sh", "-c", $"mount --make-rshared / && exec unshare -m --propagation slave sh -c \"$0\"", $"mount -t tmpfs provided {_provided.Path} && mkdir {_provided["a"]} && echo inside > {_provided["a/file"]} && echo ready && exec cat").Start();
        _keeper.WaitForOutput("ready", Place.Deadline(10));
    }

    public void Dispose()
    {
        _cctl.Dispose();
        _keeper.Dispose();
        _provided.Dispose();
    }

    [Fact]
    public void Root_and_mounts_are_set_up_in_it_and_gone_with_the_container()
    {
        string[] before = MountPoints(_keeper.Pid);
        string id = Cctl.NewId();
        using Bundle bundle = Join(new Bundle("/bin/sleep", "1000"));
        _cctl.Run("run", "--detach", "--bundle", bundle.Path, id).MustSucceed();
        int pid = _cctl.PidOf(id);

        Assert.Equal(Namespace(_keeper.Pid), Namespace(pid));
        Assert.DoesNotContain(bundle.Path, File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
        Assert.Equal(["/bin/sleep", "1000"], File.ReadAllText($"/proc/{pid}/cmdline").Split('\0', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("proc tmpfs", _cctl.Run("exec", id, "sh", "-c", "stat -f -c %T /proc /dev | tr '\\n' ' ' | sed 's/ $//'").MustSucceed().Text);
        Assert.Equal(0, _cctl.Run("exec", id, "sh", "-c", "test -x /bin/busybox && test ! -e /proc/1/root/etc/fstab && echo x > /dev/null").ExitCode);
        // Its other processes are where they were.
        Assert.True(Directory.Exists($"/proc/{_keeper.Pid}/root{_provided["a"]}"));

        _cctl.Run("delete", "--force", id).MustSucceed();
        Assert.Equal(before, MountPoints(_keeper.Pid));
        Assert.DoesNotContain(bundle.Path, File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_mounted_there_alone_can_be_bound_and_be_the_root()
    {
        using Bundle bound = Join(Bundle.Script("cat /mnt/file; cat /etc/hostname")).With(c =>
        {
            c.Mounts!.Add(new() { Destination = "/mnt", Source = _provided["a"], Options = ["bind", "ro"] });
            c.Mounts.Add(new() { Destination = "/etc/hostname", Source = _provided["a/file"], Options = ["bind"] });
        });
        Assert.Equal(["inside", "inside"], _cctl.RunBundle(bound).MustSucceed().Lines);

        string root = _provided["root"];
        Command.Run("nsenter", "-t", $"{_keeper.Pid}", "-m", "cp", "-a", bound.Rootfs, root).MustSucceed();
        using Bundle there = Join(Bundle.Script("test -d /proc/self && cat /etc/only-there")).With(c => c.Root!.Path = root);
        Command.Run("nsenter", "-t", $"{_keeper.Pid}", "-m", "sh", "-c", $"echo here > {root}/etc/only-there").MustSucceed();
        Assert.Equal("here", _cctl.RunBundle(there).MustSucceed().Text);
        Assert.DoesNotContain(MountPoints(_keeper.Pid), p => p.StartsWith(root, StringComparison.Ordinal));
    }

    [Fact]
    public void Two_containers_can_be_in_it_at_once()
    {
        string[] before = MountPoints(_keeper.Pid);
        string[] ids = [Cctl.NewId(), Cctl.NewId()];
        Bundle[] bundles = [Join(new Bundle("/bin/sleep", "1000")), Join(new Bundle("/bin/sleep", "1000"))];
        for (int i = 0; i < 2; i++)
        {
            File.WriteAllText(Path.Combine(bundles[i].Rootfs, "name"), $"{i}");
            _cctl.Run("run", "--detach", "--bundle", bundles[i].Path, ids[i]).MustSucceed();
        }

        Assert.Equal(["0", "1"], ids.Select(id => _cctl.Run("exec", id, "cat", "/name").MustSucceed().Text));
        foreach (string id in ids)
        {
            _cctl.Run("delete", "--force", id).MustSucceed();
        }

        Assert.Equal(before, MountPoints(_keeper.Pid));
        Array.ForEach(bundles, b => b.Dispose());
    }

    [Fact]
    public void Its_mounts_are_masked_read_only_and_sealed_as_in_one_of_its_own()
    {
        using Bundle bundle = Join(Bundle.Script("cat /etc/passwd | wc -c; touch /x 2>&1 | grep -c Read-only; touch /dev/x && echo yes")).With(c =>
        {
            c.Root!.Readonly = true;
            c.Linux!.MaskedPaths = ["/etc/passwd"];
        });
        Assert.Equal(["0", "1", "yes"], _cctl.RunBundle(bundle).MustSucceed().Lines);
    }

    [Fact]
    public void A_launch_that_fails_leaves_nothing_in_it()
    {
        string[] before = MountPoints(_keeper.Pid);
        using Bundle bundle = Join(new Bundle("/bin/nothing"));
        Assert.NotEqual(0, _cctl.RunBundle(bundle).ExitCode);
        Assert.Equal(before, MountPoints(_keeper.Pid));
    }

    [Theory]
    [InlineData("guest")]
    [InlineData("child")]
    public void A_launch_that_is_killed_at_any_operation_leaves_nothing_in_it(string who)
    {
        string[] before = MountPoints(_keeper.Pid);
        using Bundle bundle = Join(new Bundle("/bin/sleep", "1000"));
        using var point = new KillPoint(_cctl, bundle);
        point.Every(who, 6, () => Assert.Equal(before, MountPoints(_keeper.Pid)), "create", "--bundle", bundle.Path);
        Assert.Equal(before, MountPoints(_keeper.Pid));
    }

    [Fact]
    public void The_namespace_is_found_again_when_the_process_has_ended_that_the_path_named()
    {
        string[] before = MountPoints(_keeper.Pid);
        string id = Cctl.NewId();
        using Bundle bundle = new("/bin/sleep", "1000");
        using (RunningCommand other = new Command("nsenter", "-t", $"{_keeper.Pid}", "-m", "sh", "-c", "echo ready; exec cat").Start())
        {
            other.WaitForOutput("ready", Place.Deadline(10));
            _cctl.Run("run", "--detach", "--bundle", Join(bundle, other.Pid).Path, id).MustSucceed();
        }

        _cctl.Run("delete", "--force", id).MustSucceed();
        Assert.Equal(before, MountPoints(_keeper.Pid));
    }

    [Fact]
    public void The_hosts_own_is_refused_with_mounts_by_its_path()
    {
        using Bundle byPath = Join(new Bundle("/bin/true"), Environment.ProcessId);
        CommandResult result = _cctl.RunBundle(byPath);
        Assert.Contains($"/path: mount in /proc/{Environment.ProcessId}/ns/mnt: EPERM: the path leads to the host's own mount namespace, where the container's mounts would be everybody's: name another, or take the path out for a new one", result.Stderr, StringComparison.Ordinal);

        Assert.DoesNotContain(byPath.Path, File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_home_is_that_of_its_own_list_of_users()
    {
        using Bundle bundle = Join(Bundle.Script("echo $HOME")).With(c => c.Process!.Env!.RemoveAll(v => v.StartsWith("HOME=", StringComparison.Ordinal)));
        string root = _provided["home"];
        Command.Run("nsenter", "-t", $"{_keeper.Pid}", "-m", "sh", "-c", $"cp -a {bundle.Rootfs} {root} && echo root:x:0:0::/there:/bin/sh > {root}/etc/passwd").MustSucceed();
        Assert.Equal("/there", _cctl.RunBundle(bundle.With(c => c.Root!.Path = root)).MustSucceed().Text);
    }

    [Fact]
    public void A_user_namespace_that_it_does_not_belong_to_is_refused_with_the_way_out()
    {
        using Bundle bundle = Join(new Bundle("/bin/true")).With(c =>
        {
            c.Linux!.Namespaces!.Add(new() { Type = "user" });
            c.Linux.UidMappings = [new() { ContainerID = 0, HostID = 100000, Size = 65536 }];
            c.Linux.GidMappings = [new() { ContainerID = 0, HostID = 100000, Size = 65536 }];
        });
        Assert.Contains($"/path: mount in /proc/{_keeper.Pid}/ns/mnt (mount_setattr): EPERM: mounting there takes CAP_SYS_ADMIN in the user namespace that the mount namespace belongs to: join that one by its path too, ", _cctl.RunBundle(bundle).MustExit(1).Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void Its_own_root_is_the_guests_where_nothing_is_mounted()
    {
        using Bundle bundle = Join(new Bundle("/bin/cat", _provided["a/file"])).With(c =>
        {
            c.Root!.Path = "/";
            c.Root.Readonly = false;
            c.Mounts = [];
            c.Linux!.MaskedPaths = c.Linux.ReadonlyPaths = null;
        });
        Assert.Equal("inside", _cctl.RunBundle(bundle).MustSucceed().Text);

        bundle.With(c => c.Mounts = [new() { Destination = "/mnt", Type = "tmpfs", Source = "tmpfs" }]);
        Assert.Contains("/mounts/0: with the joined mount namespace's own root the guest would change what others have mounted there: name another directory in /root/path", _cctl.RunBundle(bundle).Stderr, StringComparison.Ordinal);
    }

    private Bundle Join(Bundle bundle, int? pid = null)
    {
        _own.Add(bundle.Path);
        return bundle.With(c => c.Linux!.Namespaces =
            [.. c.Linux.Namespaces!.Where(n => n.Type != "mount"), new LinuxNamespace { Type = "mount", Path = $"/proc/{pid ?? _keeper.Pid}/ns/mnt" }]);
    }

    private static string Namespace(int pid) => new FileInfo($"/proc/{pid}/ns/mnt").LinkTarget!;

    // A mount of another test that came along goes with its directory, whenever that is removed.
    private string[] MountPoints(int pid) =>
        [.. File.ReadLines($"/proc/{pid}/mountinfo").Select(l => l.Split(' ')[4]).Where(p => !p.Contains("/cctl-test-", StringComparison.Ordinal) || _own.Exists(o => p.StartsWith(o, StringComparison.Ordinal)))];
}
