using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Messages;

/// <summary>The messages for the commonest mistakes: where, what was tried, the error's name, and a hint that is right.</summary>
[Collection("accounts")]
public sealed class CommonMistakeTests
{
    private static void Expect(string message, Action<RuntimeConfig> change, Action<Bundle>? prepare = null)
    {
        using var cctl = new Cctl();
        using var bundle = new Bundle("/bin/true");
        bundle.With(change);
        prepare?.Invoke(bundle);
        Expect(message, cctl.RunBundle(bundle));
    }

    private static void Expect(string message, CommandResult result)
    {
        Assert.True(result.ExitCode != 0, "it succeeded\n" + result.Stderr);
        string[] errors = [.. result.Stderr.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => l.StartsWith("cctl: ", StringComparison.Ordinal) && !l.Contains(": warning: ", StringComparison.Ordinal))];
        Assert.Single(errors);
        Assert.Contains(message, errors[0], StringComparison.Ordinal);
        Assert.False(errors[0].EndsWith('.'));
    }

    [Fact]
    public void Missing_root_filesystem() =>
        Expect(
            "/nowhere (open_tree): ENOENT: the root filesystem does not exist; root.path is relative to the bundle",
            c => c.Root!.Path = "nowhere");

    [Fact]
    public void Command_not_found_in_the_root() =>
        Expect(
            "/process/args/0: exec: \"missing\": ENOENT: executable file not found in $PATH of the root filesystem: no such file or directory",
            c => c.Process!.Args = ["missing"]);

    [Fact]
    public void Command_not_found_by_its_path() =>
        Expect(
            "/process/args/0: exec: \"/bin/missing\" (statx): ENOENT: no such file or directory in the root filesystem",
            c => c.Process!.Args = ["/bin/missing"]);

    [Fact]
    public void Command_not_executable() =>
        Expect(
            "/process/args/0: exec: \"/etc/passwd\" (faccessat2): EACCES: permission denied: /etc/passwd is executable for nobody (mode 644): chmod +x",
            c => c.Process!.Args = ["/etc/passwd"]);

    [Fact]
    public void Wrong_interpreter() =>
        Expect(
            "/process/args/0: exec: \"/script\" (execve): ENOENT: no such file or directory: /script is there, its interpreter /bin/missing is not in the root filesystem",
            c => c.Process!.Args = ["/script"],
            bundle => WriteScript(bundle, "#!/bin/missing\n"));

    [Fact]
    public void A_script_without_an_interpreter() =>
        Expect(
            "/process/args/0: exec: \"/script\" (execve): ENOEXEC: exec format error: it is made for another machine, or is a script without #!",
            c => c.Process!.Args = ["/script"],
            bundle => WriteScript(bundle, "echo\n"));

    [Fact]
    public void Missing_source_of_a_bind_mount() =>
        Expect(
            "/source: open /nowhere (open_tree): ENOENT: the source does not exist on the host; a bind mount does not make it",
            c => c.Mounts!.Add(new() { Destination = "/mnt", Source = "/nowhere", Options = ["bind"] }));

    [Fact]
    public void No_permission_for_a_namespace()
    {
        using var user = new UserAccount(subordinateIds: false);
        using var bundle = new Bundle("/bin/true");
        user.Own(bundle.Path);
        Expect("EPERM: mounting takes CAP_SYS_ADMIN; as an ordinary user, add a user namespace (cctl spec --rootless)", AsUser(user, bundle));
    }

    [Fact]
    public void User_namespaces_used_up()
    {
        using var user = new UserAccount(subordinateIds: false);
        using var bundle = new Bundle("/bin/true");
        bundle.With(c => Namespaces.RootlessTests.Rootless(c, user));
        user.Own(bundle.Path);
        string script = $"echo 0 >/proc/sys/user/max_user_namespaces && exec {Cctl.Executable} --root {user.Home}/run run --bundle {bundle.Path} {Cctl.NewId()}";
        Expect("ENOSPC: the host's limit of nested or existing namespaces is reached: see /proc/sys/user/max_*_namespaces", user.Command("unshare", "--user", "--map-current-user", "--keep-caps", "sh", "-c", script).Run());
    }

    /// <summary>A switch of Debian's kernels, for the whole machine: the virtual one alone is this test's to change.</summary>
    [Fact]
    [VmOnly]
    public void User_namespaces_disabled_for_ordinary_users()
    {
        const string Switch = "/proc/sys/kernel/unprivileged_userns_clone";
        using var user = new UserAccount(subordinateIds: false);
        using var bundle = new Bundle("/bin/true");
        bundle.With(c => Namespaces.RootlessTests.Rootless(c, user));
        user.Own(bundle.Path);
        string before = File.ReadAllText(Switch);
        File.WriteAllText(Switch, "0");
        try
        {
            Expect("/linux/namespaces: make the guest's first process (clone3): EPERM: as an ordinary user, add a user namespace with mappings (cctl spec --rootless); if there is one, the host forbids it: see kernel.unprivileged_userns_clone", AsUser(user, bundle));
        }
        finally
        {
            File.WriteAllText(Switch, before);
        }
    }

    [Fact]
    public void No_range_of_subordinate_ids()
    {
        using var user = new UserAccount(subordinateIds: false);
        using var bundle = new Bundle("/bin/true");
        bundle.With(c =>
        {
            Namespaces.RootlessTests.Rootless(c, user);
            c.Linux!.UidMappings!.Add(new() { ContainerID = 1, HostID = 2_000_000, Size = 1000 });
        });
        user.Own(bundle.Path);
        Expect("these ids are not given to this user: see /etc/subuid (subuid(5))", AsUser(user, bundle));
    }

    [Fact]
    public void Proc_without_a_pid_namespace() =>
        Expect(
            "/mounts/0: mount proc on /proc (fsconfig): EPERM: proc can be mounted only with a pid namespace of the guest's own",
            c =>
            {
                c.Linux!.Namespaces!.RemoveAll(static n => n.Type == "pid");
                UserNamespace.Add(c);
            },
            UserNamespace.Own);

    [Fact]
    public void Controller_not_available() =>
        Expect(
            Place.IsVm ? "/linux/resources/rdma/missing0" : "/linux/resources/memory/limit: the memory controller is bound to cgroup v1 at /sys/fs/cgroup/memory: boot with systemd.unified_cgroup_hierarchy=1",
            c => c.Linux!.Resources = Place.IsVm ? new() { Rdma = new() { ["missing0"] = new() { HcaHandles = 1 } } } : new() { Memory = new() { Limit = 100 << 20 } });

    [Fact]
    public void Working_directory_that_is_a_file() =>
        Expect(
            "/process/cwd: make /etc/passwd (openat2): ENOTDIR: not a directory: /etc/passwd in the root filesystem is in the way: it is a file, and a directory belongs there",
            c => c.Process!.Cwd = "/etc/passwd");

    [Fact]
    public void Unknown_seccomp_action() =>
        Expect("/linux/seccomp/defaultAction: \"SCMP_ACT_ALOW\"", c => c.Linux!.Seccomp = new() { DefaultAction = "SCMP_ACT_ALOW" });

    [Fact]
    public void Unknown_capability_is_a_warning()
    {
        using var cctl = new Cctl();
        using var bundle = new Bundle("/bin/true");
        bundle.With(c => c.Process!.Capabilities!.Bounding!.Add("CAP_MISSING"));
        Assert.Contains("/process/capabilities/bounding", cctl.RunBundle(bundle).MustSucceed().Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void Name_in_use()
    {
        using var cctl = new Cctl();
        using var bundle = new Bundle("/bin/sleep", "1000");
        string id = Cctl.NewId();
        cctl.Run("create", "--bundle", bundle.Path, id).MustSucceed();
        Expect($"container id \"{id}\": the name is in use", cctl.Run("create", "--bundle", bundle.Path, id));
    }

    [Fact]
    public void Container_not_running()
    {
        using var cctl = new Cctl();
        using var bundle = new Bundle("/bin/true");
        string id = Cctl.NewId();
        cctl.Run("run", "--keep", "--bundle", bundle.Path, id).MustSucceed();
        Expect("container not running", cctl.Run("kill", id, "TERM"));
    }

    [Fact]
    public void Path_too_long() =>
        Expect("ENAMETOOLONG: file name too long: a name has at most 255 bytes, a path 4095", c => c.Mounts!.Add(new() { Destination = "/" + new string('x', 300), Type = "tmpfs", Source = "tmpfs" }));

    [Fact]
    public void Read_only_target() =>
        Expect(
            "EROFS: the target does not exist, and the filesystem that it should be made on is read-only",
            c => c.Mounts!.Add(new() { Destination = "/mnt/missing", Type = "tmpfs", Source = "tmpfs" }),
            bundle =>
            {
                Directory.CreateDirectory(bundle["data"]);
                bundle.With(c => c.Mounts!.Insert(c.Mounts.Count - 1, new() { Destination = "/mnt", Source = "data", Options = ["bind", "ro"] }));
            });

    [Theory]
    [InlineData("/process/apparmorProfile")]
    [InlineData("/process/selinuxLabel")]
    public void Label_of_a_module_that_is_not_active(string pointer)
    {
        bool selinux = pointer == "/process/selinuxLabel";
        // With AppArmor, which the virtual machine has, both files are its own: one profile is not loaded, the label is none.
        string message = selinux ? "EINVAL: the security module that the label is for is not active on this host: take the label out"
            : "ENOENT: the security module that the label is for is not active, or does not know it: load the profile, or take the label out";
        Expect($"{pointer}: change to the", c =>
        {
            c.Process!.SelinuxLabel = selinux ? "system_u:system_r:container_t:s0" : null;
            c.Process.ApparmorProfile = selinux ? null : "cctl-missing";
        });
        Expect(message, c =>
        {
            c.Process!.SelinuxLabel = selinux ? "system_u:system_r:container_t:s0" : null;
            c.Process.ApparmorProfile = selinux ? null : "cctl-missing";
        });
    }

    [Fact]
    public void Mount_label_of_a_module_that_is_not_active() =>
        Expect(
            "/linux/mountLabel: label /dev (fsconfig): EINVAL: the security module that the label is for is not active on this host: take the label out",
            c => c.Linux!.MountLabel = "system_u:object_r:container_file_t:s0");

    /// <summary>Who may not raise limits is told before anything exists, at create too, though the child sets its limits last.</summary>
    [Theory]
    [InlineData("run")]
    [InlineData("create")]
    public void Hard_limit_above_the_callers(string command)
    {
        using var cctl = new Cctl();
        using Bundle bundle = new Bundle("/bin/true").With(c => c.Process!.Rlimits = [new() { Type = "RLIMIT_CORE", Soft = 0, Hard = 0 }, new() { Type = "RLIMIT_NOFILE", Soft = 100, Hard = 5000 }]);
        string id = Cctl.NewId();
        string script = "ulimit -HSn 4000 && exec setpriv --bounding-set=-sys_resource \"$@\"";
        CommandResult result = Command.Run("bash", "-c", script, "bash", Cctl.Executable, "--root", cctl.StateRoot, command, "--bundle", bundle.Path, id);
        Expect("/process/rlimits/1: set the limit (prlimit) to 5000, above 4000: EPERM: raising a hard limit takes CAP_SYS_RESOURCE", result);
        Leftovers.AssertNone(cctl.StateRoot, id, bundle.Path, command);
    }

    [Fact]
    public void Device_not_allowed()
    {
        using var cctl = new Cctl();
        using var bundle = new Bundle("/bin/true");
        CommandResult result = Command.Run("setpriv", "--bounding-set=-mknod", Cctl.Executable, "--root", cctl.StateRoot, "run", "--bundle", bundle.Path, Cctl.NewId());
        Expect("/linux/devices: make /dev/null (mknodat): EPERM: device nodes take CAP_MKNOD, and a cgroup that allows the runtime to make this one", result);
    }

    [Fact]
    public void Score_below_the_callers()
    {
        using var cctl = new Cctl();
        using Bundle bundle = new Bundle("/bin/true").With(c => c.Process!.OomScoreAdj = -900);
        CommandResult result = Command.Run("setpriv", "--bounding-set=-sys_resource", Cctl.Executable, "--root", cctl.StateRoot, "run", "--bundle", bundle.Path, Cctl.NewId());
        Expect("/process/oomScoreAdj: write -900 to oom_score_adj (write): EACCES: a score below the runtime's own takes CAP_SYS_RESOURCE", result);
    }

    [Fact]
    public void Missing_config()
    {
        using var cctl = new Cctl();
        using var directory = new TempDir();
        Expect($"read {directory.Path}/config.json: ENOENT: no such file or directory: name a bundle with --bundle, or make one with cctl spec", cctl.Run("run", "--bundle", directory.Path, Cctl.NewId()));
    }

    [Fact]
    public void A_kernel_that_lacks_a_call()
    {
        // The outer guest is the host with a filter that lets one call look as old kernels have it.
        using var inner = new Bundle("/bin/true");
        using var cctl = new Cctl();
        using Bundle outer = new Bundle(Cctl.Executable, "--root", cctl.StateRoot, "run", "--bundle", inner.Path, Cctl.NewId()).With(c =>
        {
            c.Root!.Path = "/";
            c.Hostname = null;
            c.Mounts = [];
            c.Process!.NoNewPrivileges = false;
            List<string> all = [.. s_mountingCapabilities];
            c.Process.Capabilities = new() { Bounding = all, Effective = all, Permitted = all };
            c.Linux = new()
            {
                Namespaces = [],
                Seccomp = new() { DefaultAction = "SCMP_ACT_ALLOW", Syscalls = [new() { Names = ["mount_setattr"], Action = "SCMP_ACT_ERRNO", ErrnoRet = 38 }] },
            };
        });
        Expect("ENOSYS: the kernel lacks this call: cctl needs Linux 5.15 or newer", cctl.RunBundle(outer));
    }

    private static readonly string[] s_mountingCapabilities =
    [
        "CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_MKNOD",
        "CAP_NET_ADMIN", "CAP_NET_BIND_SERVICE", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_ADMIN", "CAP_SYS_CHROOT",
        "CAP_SYS_PTRACE",
    ];

    private static void WriteScript(Bundle bundle, string text)
    {
        string path = Path.Combine(bundle.Rootfs, "script");
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    private static CommandResult AsUser(UserAccount user, Bundle bundle) => Namespaces.RootlessTests.Run(user, bundle);
}
