using Runtime.Linux;
using Runtime.Namespaces;
using Runtime.Namespaces.Builder;
using Runtime.Namespaces.Resolution;

namespace Unit.Tests.Launch;

/// <summary>What each feature of the config adds to the plan.</summary>
public sealed class PlanFeatureTests
{
    [Fact]
    public void New_namespaces_come_with_the_clone_and_the_cgroup_namespace_after_it()
    {
        Listing plan = Plans.Of("plain");
        Assert.Equal(Abi.CLONE_NEWPID | Abi.CLONE_NEWNET | Abi.CLONE_NEWIPC | Abi.CLONE_NEWUTS | Abi.CLONE_NEWNS, plan.CloneFlags);
        Assert.False(plan.MapsIds);
        // Unshared by the child once it is in its cgroup, so that this is the namespace's root.
        Assert.Contains("unshare(CLONE_NEWCGROUP)", plan.From("/linux/namespaces"));
        Assert.Equal(["sethostname(\"guest\", 5)"], plan.From("/hostname"));
    }

    [Fact]
    public void Flags_are_listed_by_name_modes_in_octal_and_structs_with_their_content()
    {
        Listing plan = Plans.Of("plain");
        Assert.Contains(plan.Lines, l => l.Call.Contains("openat2($3, \"proc\", O_PATH|O_DIRECTORY|O_CLOEXEC, RESOLVE_", StringComparison.Ordinal));
        Assert.Contains(plan.Lines, l => l.Call.StartsWith("mount_setattr(AT_FDCWD, \"/\", AT_RECURSIVE, {propagation MS_SLAVE})", StringComparison.Ordinal));
        Assert.Contains(plan.Lines, l => l.Call.Contains("fsconfig($", StringComparison.Ordinal) && l.Call.EndsWith(", FSCONFIG_CMD_CREATE)", StringComparison.Ordinal));
        Assert.Contains(plan.Lines, l => l.Call.Contains("\"null\", S_IFCHR|0666, 1:3)", StringComparison.Ordinal));
        Assert.Contains(plan.Lines, l => l.Call.StartsWith("execve($", StringComparison.Ordinal) && l.Call.Contains(", [\"/bin/true\"], [\"PATH=", StringComparison.Ordinal));
        Assert.All(Plans.Features.Keys, f => Assert.DoesNotContain(Plans.Of(f).Lines, l => l.Call.Contains("-100", StringComparison.Ordinal) || l.Call.Contains("{at ", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_user_namespace_is_mapped_before_anything_is_done_in_it()
    {
        Listing plan = Plans.Of("user");
        Assert.True(plan.MapsIds);
        Assert.NotEqual(0UL, plan.CloneFlags & Abi.CLONE_NEWUSER);
        plan.InOrder(@"^ask-runtime\(WriteIdMaps\)", @"^setresgid\(\)", @"^setresuid\(\)", @"^unshare\(CLONE_NEWCGROUP\)", "^sethostname", "fsopen", "^pivot_root");
        // No node can be made there: the runtime makes them before, for the namespace's root, and the child binds them.
        Assert.DoesNotContain(plan.Guest, l => l.Call.StartsWith("mknodat", StringComparison.Ordinal));
        plan.InOrder(@"^mknodat\(\$\d+, ""0"", S_IFCHR\|0666, 1:3\)", @"^fchownat\(\$\d+, ""0"", 100000, 100000", @"^ask-runtime\(WriteIdMaps\)", @"open_tree\(\$\d+, ""0"", OPEN_TREE_CLONE\|OPEN_TREE_CLOEXEC\)");
    }

    [Fact]
    public void Who_may_make_no_nodes_binds_the_hosts_read_only()
    {
        Listing plan = Plans.Compile(Plans.Features["user"]() with { MountsInside = true });
        Assert.Empty(plan.Numbers("^mknodat"));
        Assert.All(plan.Numbers(@"open_tree\(AT_FDCWD, ""/dev/"), n => Assert.Matches(@"^mount_setattr\(", plan.Lines[n + 4].Call));
    }

    [Fact]
    public void A_named_namespace_is_opened_by_the_runtime_checked_for_its_type_and_joined_before_the_mounts()
    {
        Listing plan = Plans.Of("joined network");
        string[] lines = plan.From("/linux/namespaces/2/path");
        Assert.Matches(@"^\$\d+ = openat\(AT_FDCWD, ""/run/netns/blue"", O_RDONLY\|O_CLOEXEC\)$", lines[0]);
        Assert.Matches(@"^\$\d+ = ioctl\(\$\d+, NS_GET_NSTYPE\)$", lines[1]);
        Assert.Matches(@"^test\(&\$\d+, -1, CLONE_NEWNET, EINVAL\)$", lines[2]);
        Assert.Matches(@"^setns\(\$\d+, CLONE_NEWNET\)$", lines[3]);
        Assert.True(plan.Lines.Single(l => l.Call == lines[0]).InGuest is false);
        Assert.Equal(0UL, plan.CloneFlags & Abi.CLONE_NEWNET);
        plan.InOrder("^setns", "^sethostname", "fsopen");
    }

    [Fact]
    public void An_existing_pid_namespace_is_entered_only_after_pivot_root()
    {
        Listing plan = Plans.Of("joined pid");
        // setns(2) into a pid namespace is for children: until the sibling is made the child is not seen in there.
        plan.InOrder("^pivot_root", "^umount2", "^setns", "^capset", "^close-others", "^forget", "^clone-sibling", @"^prctl\(PR_SET_PDEATHSIG, 9\)", "^setsid", "^execve");
        Assert.Single(plan.Numbers("^clone-sibling"));
    }

    [Fact]
    public void A_user_namespace_is_joined_after_what_the_hosts_rights_are_needed_for()
    {
        Listing plan = Plans.Of("joined user");
        Assert.Equal(0UL, plan.CloneFlags);
        plan.InOrder(@"setns\(\$\d+, CLONE_NEWNET\)", @"setns\(\$\d+, CLONE_NEWUSER\)", @"^setresgid\(\)", @"^setresuid\(\)", "^if-set", @"^setns\(\$\d+, CLONE_NEWNET\)", "^clone-sibling");
    }

    [Fact]
    public void A_bind_mount_is_taken_by_the_runtime_and_gets_its_flags_before_it_is_attached()
    {
        Listing plan = Plans.Of("bind");
        Assert.Matches(@"^\$\d+ = open_tree\(AT_FDCWD, ""/srv/data"", OPEN_TREE_CLONE\|OPEN_TREE_CLOEXEC\|AT_RECURSIVE\)$", Assert.Single(plan.From("/mounts/3/source")));
        string[] flags = plan.From("/mounts/3/options");
        Assert.Equal(3, flags.Length); // out of the host's peer group; ro and nosuid; rprivate
        Assert.All(flags, f => Assert.StartsWith("mount_setattr(", f, StringComparison.Ordinal));
        int attached = plan.Lines.Single(l => l.Pointer == "/mounts/3").Number;
        Assert.All(plan.Lines.Where(l => l.Pointer == "/mounts/3/options"), l => Assert.True(l.Number < attached));
    }

    [Fact]
    public void A_read_only_tmpfs_becomes_so_when_all_that_lies_in_it_is_mounted()
    {
        Listing plan = Plans.Of("nested");
        int inner = plan.Lines.Last(l => l.Pointer == "/mounts/4" && l.Call.StartsWith("move_mount", StringComparison.Ordinal)).Number;
        int sealing = plan.Lines.Single(l => l.Pointer == "/mounts/3/options").Number;
        Assert.True(inner < sealing && sealing < plan.First("^pivot_root"));
    }

    [Fact]
    public void A_missing_target_is_made_part_by_part_below_fds()
    {
        string[] reach = Plans.Of("nested").From("/mounts/4/destination");
        Assert.Contains(reach, c => c.Contains("\"a/b/c\"", StringComparison.Ordinal) && c.Contains("ENOENT", StringComparison.Ordinal));
        Assert.Contains(reach, c => System.Text.RegularExpressions.Regex.IsMatch(c, @"^\$\d+ = make-path\(\$\d+, ""a/b/c"", 1, RESOLVE_NO_MAGICLINKS\|RESOLVE_IN_ROOT\)"));
    }

    [Fact]
    public void No_mount_may_cover_a_part_of_proc_whatever_the_image_links_to()
    {
        Listing plan = Plans.Of("bind");
        Assert.Contains(plan.From("/mounts/3/destination"), c => c.StartsWith("test({120 bytes}, -1, PROC_SUPER_MAGIC", StringComparison.Ordinal));
        LaunchException refused = Assert.Throws<LaunchException>(() => Plans.Compile(Plans.Inputs(Plans.Config(mounts: """{ "destination": "/x/../proc/self/attr", "type": "tmpfs" }"""))));
        Assert.StartsWith("/mounts/3/destination: ", refused.Message, StringComparison.Ordinal);
        Plans.Compile(Plans.Inputs(Plans.Config(mounts: """{ "destination": "/proc/uptime", "type": "bind", "source": "/srv/uptime" }""")));
    }

    [Fact]
    public void A_bind_mount_with_an_option_of_a_filesystem_is_refused_at_the_option()
    {
        LaunchException refused = Assert.Throws<LaunchException>(() => Plans.Compile(Plans.Inputs(Plans.Config(mounts: """{ "destination": "/d", "type": "bind", "source": "/s", "options": ["ro", "size=1m"] }"""))));
        Assert.StartsWith("/mounts/3/options/1: ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_mount_namespace_nothing_is_mounted_that_is_not_asked_for_and_nothing_on_the_hosts_root()
    {
        Assert.Empty(Plans.Of("host mounts").Numbers("fsopen|move_mount|mount_setattr|pivot_root|mknodat|symlinkat|unlinkat"));
        LaunchException refused = Assert.Throws<LaunchException>(() => Plans.Compile(Plans.Changed(c =>
        {
            c.Root!.Path = "/";
            c.Linux!.Namespaces!.RemoveAll(n => n.Type == "mount");
        })));
        Assert.StartsWith("/mounts/0: ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_default_devices_are_made_and_what_is_there_already_must_be_them()
    {
        Listing plan = Plans.Of("plain");
        Assert.Equal(6, plan.Numbers(@"^mknodat\(\$\d+, ""(null|zero|full|random|urandom|tty)"".*\[EEXIST").Count);
        int made = plan.First(@"^mknodat\(\$\d+, ""null"", S_IFCHR\|0666, 1:3\) \[EEXIST");
        Assert.Matches(@"^\$\d+ = openat2\(\$\d+, ""null""", plan.Lines[made + 2].Call);
        Assert.Contains("0x300000001", plan.Lines[made + 5].Call, StringComparison.Ordinal);
        Assert.Equal(6, plan.Numbers("^symlinkat").Count);
        plan.InOrder(@"faccessat2\(\$2, ""kcore""\) \[any error", @"^symlinkat\(""/proc/kcore"", \$\d+, ""core""\)");
    }

    [Fact]
    public void A_configured_device_is_made_with_its_owner_by_its_own_pointer()
    {
        string[] lines = Plans.Of("everything of the process").From("/linux/devices/0");
        Assert.Contains(lines, l => l.StartsWith("mknodat($", StringComparison.Ordinal) && l.Contains("\"fuse\", S_IFCHR|0666, 10:229)", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("fchownat($", StringComparison.Ordinal) && l.Contains("\"fuse\", 5, 0, AT_SYMLINK_NOFOLLOW", StringComparison.Ordinal));
    }

    [Fact]
    public void A_masked_file_is_covered_by_a_node_of_the_containers_own_read_only()
    {
        Listing plan = Plans.Of("plain");
        plan.InOrder(@"^mknodat\(\$\d+, ""null"", S_IFCHR\|0666, 1:3\)", @"^move_mount\(\$\d+, """", \$\d+, """", MOVE_MOUNT_F_EMPTY_PATH\|MOVE_MOUNT_T_EMPTY_PATH\)", @"^mount_setattr\(", @"""/proc/kcore""", @"open_tree\(\$\d+, ""null"", OPEN_TREE_CLONE\|OPEN_TREE_CLOEXEC\)", "move_mount");
        int last = plan.Lines.Last(l => l.Pointer.StartsWith("/linux/maskedPaths", StringComparison.Ordinal)).Number;
        Assert.True(last < plan.First("^pivot_root"));
        // Covered after it was made read-only: the other order would bring the uncovered directory back.
        Assert.True(plan.Lines.Last(l => l.Pointer.StartsWith("/linux/readonlyPaths", StringComparison.Ordinal)).Number < plan.Lines.First(l => l.Pointer.StartsWith("/linux/maskedPaths/", StringComparison.Ordinal)).Number);
    }

    [Fact]
    public void A_read_only_root_is_sealed_last_before_the_change_of_root()
    {
        Listing plan = Plans.Of("plain");
        int sealing = plan.Lines.Single(l => l.Pointer == "/root/readonly").Number;
        Assert.Equal("fchdir($3)", plan.Lines[sealing + 1].Call);
        Assert.StartsWith("pivot_root", plan.Lines[sealing + 2].Call, StringComparison.Ordinal);
    }

    [Fact]
    public void Capabilities_users_and_umask_are_what_the_config_says()
    {
        Listing plan = Plans.Of("credentials");
        Assert.Equal(40, plan.From("/process/capabilities/bounding").Length);
        Assert.DoesNotContain(plan.Lines, l => l.Call.StartsWith("prctl(PR_CAPBSET_DROP, 5)", StringComparison.Ordinal)); // CAP_KILL stays
        Assert.Equal("setgroups(2, {8 bytes})", Assert.Single(plan.From("/process/user/additionalGids")));
        Assert.Equal("setresgid(1001, 1001, 1001)", Assert.Single(plan.From("/process/user/gid")));
        Assert.Equal("setresuid(1000, 1000, 1000)", plan.From("/process/user/uid")[0]);
        Assert.Contains("prctl(PR_CAP_AMBIENT, 2, 5)", plan.From("/process/capabilities/ambient"));
        Assert.Contains("umask(077)", plan.From("/process/user/umask"));
    }

    [Fact]
    public void Without_inheritable_capabilities_in_the_config_none_are_ambient()
    {
        Listing plan = Plans.Compile(Plans.Inputs(Plans.Config(process: """ "capabilities": { "bounding": ["CAP_KILL"], "effective": ["CAP_KILL"], "permitted": ["CAP_KILL"], "ambient": ["CAP_KILL"] } """)));
        Assert.Equal(["prctl(PR_CAP_AMBIENT, 4)"], plan.From("/process/capabilities/ambient"));
    }

    [Fact]
    public void A_filter_comes_as_late_as_can_be()
    {
        foreach (string feature in (string[])["seccomp", "seccomp after no_new_privs"])
        {
            Listing late = Plans.Of(feature);
            late.InOrder("^capset", "^reset-signals", @"^ask-runtime\(Ready\)", "^seccomp", "^execve");
            Assert.Equal(late.Lines.Count - 2, Assert.Single(late.Numbers("^seccomp")));
            Assert.Single(late.Numbers("^capset"));
        }
    }

    [Fact]
    public void Where_others_see_the_child_the_capability_for_the_filter_goes_before()
    {
        foreach (string feature in (string[])["seccomp of a created guest", "seccomp and joined pid"])
        {
            Listing early = Plans.Of(feature);
            early.InOrder("^capset", "^seccomp", "^capset", "^close-others", @"^ask-runtime\(Ready\)", "^execve");
            Assert.Single(early.Numbers("^seccomp"));
        }
    }

    [Fact]
    public void A_filter_that_refuses_what_the_waiting_needs_comes_after_the_waiting()
    {
        Listing late = Plans.Compile(Plans.Features["seccomp of a created guest"]() with { Seccomp = Plans.Refusing(SyscallNumber.accept4, 0x00050001) });
        late.InOrder("^accept4|= accept4", "^seccomp", "^execve");
    }

    [Theory]
    [InlineData(0x00050001U, "answers it with EPERM")]
    [InlineData(0x80000000U, "kills the process that makes it")]
    [InlineData(0x00030000U, "answers it with SIGSYS")]
    [InlineData(0x7ff00000U, "leaves it to a tracer, and there is none")]
    public void A_filter_that_refuses_the_command_is_refused_itself(uint action, string how)
    {
        LaunchException e = Assert.Throws<LaunchException>(() => Plans.Compile(Plans.Features["seccomp"]() with { Seccomp = Plans.Refusing(SyscallNumber.execve, action) }));
        Assert.Equal("/linux/seccomp", e.Pointer);
        Assert.Contains(how, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hook_that_is_the_guests_code_gets_the_guests_filter()
    {
        LaunchInputs inputs = Plans.Features["hooks"]() with { Seccomp = Plans.Filter };
        Plans.Compile(inputs).InOrder(@"^run-hook\(""/h/container"".*, 8, 2000\)$", @"^run-hook\(""/h/start"".*, 8, -1, \{sock_fprog\}\)$", "^seccomp", "^execve");
    }

    [Fact]
    public void A_namespace_by_path_is_compared_with_the_runtimes_own_before_its_parameters_are_written()
    {
        LaunchInputs inputs = Plans.Inputs(Plans.Config(linux: """ "namespaces": [{ "type": "mount" }, { "type": "pid" }, { "type": "network", "path": "/run/netns/blue" }], "sysctl": { "net.ipv4.ip_forward": "1" } """));
        Plans.Compile(inputs).InOrder(@"openat\(AT_FDCWD, ""/run/netns/blue""", @"^statx\(\$\d+, """"", @"^statx\(\$2, ""thread-self/ns/net""", "^test.*EPERM", "^fail", "^setns", "^write");
    }

    [Fact]
    public void Hooks_run_in_their_documented_places()
    {
        Listing plan = Plans.Of("hooks");
        plan.InOrder("^move_mount", @"^ask-runtime\(RuntimeHooks\)", @"^run-hook\(""/h/container"".*, 8, 2000\)", "^pivot_root", "^capset", @"^ask-runtime\(Ready\)", @"^run-hook\(""/h/start"".*, 8, -1\)", "^execve");
        Listing created = Plans.Of("created hooks");
        created.InOrder("accept4", "^report-to", "^run-hook", "^execve"); // a failure is start's to report
    }

    [Fact]
    public void A_terminal_is_the_guests_own_and_its_other_end_is_never_named_by_a_path()
    {
        Listing plan = Plans.Of("terminal");
        plan.InOrder(
            @"openat2\(\$\d+, ""dev/pts/ptmx""",
            @"ioctl\(\$\d+, TIOCSPTLCK",
            @"ioctl\(\$\d+, TIOCGPTPEER",
            @"ioctl\(\$\d+, TIOCSWINSZ",
            @"open_tree\(\$\d+, """"",
            @"mknodat\(\$\d+, ""console"", S_IFREG\|0600\)",
            @"openat2\(\$\d+, ""console""", // O_PATH: what is there is not opened
            "^move_mount",
            "^sendmsg",
            "^pivot_root",
            @"dup3\(\$\d+\)",
            @"dup3\(\$\d+, 1\)",
            @"dup3\(\$\d+, 2\)",
            "^close-others",
            "^setsid",
            @"ioctl\(0, TIOCSCTTY");
    }

    [Fact]
    public void A_created_guest_waits_for_start_when_all_is_ready_and_checks_who_calls()
    {
        Listing plan = Plans.Of("create");
        // The runtime at the other end of the control socket first, then who calls: both as this user namespace maps them.
        plan.InOrder("^capset", @"^ask-runtime\(Ready\)", @"getsockopt\(\$0, 1, 17", @"load\(\{16 bytes\}\+4, 0xffffffff\)", @"accept4\(9", @"getsockopt\(\$\d+, 1, 17", @"load\(\{16 bytes\}\+4, 0xffffffff\)", @"^test\(.*EPERM", "^close", "^set", @"^report-to\(\$\d+\)", "^execve");
        Assert.Empty(Plans.Of("plain").Numbers("accept4"));
    }

    [Fact]
    public void The_command_is_searched_in_the_guests_own_PATH_inside_the_new_root()
    {
        LaunchInputs inputs = Plans.Changed(c => c.Process!.Args = ["ls"]);
        Listing plan = Plans.Compile(inputs);
        plan.InOrder("^pivot_root", "^setresuid", "^capset", @"statx\(AT_FDCWD, ""/bin/ls""", @"faccessat2\(AT_FDCWD, ""/bin/ls"", X_OK, AT_EACCESS\)", @"""/usr/bin/ls""", @"^fail\(EACCES\)", @"^fail\(ENOENT\)", @"^ask-runtime\(Ready\)");
    }

    [Fact]
    public void Kernel_parameters_go_through_the_hosts_procfs_before_anything_of_the_guest_is_mounted()
    {
        Listing plan = Plans.Of("everything of the process");
        int opened = plan.First(@"openat\(\$2, ""sys/net/ipv4/ip_forward""");
        Assert.True(opened < plan.First("move_mount"));
        Assert.StartsWith("$2 = openat(AT_FDCWD, \"/proc\"", plan.Lines[0].Call, StringComparison.Ordinal);
        Assert.Contains("PROC_SUPER_MAGIC", plan.Lines[2].Call, StringComparison.Ordinal); // and it is a procfs
        plan.InOrder(@"openat\(\$2, ""self/oom_score_adj""", @"openat\(\$2, ""thread-self/attr/apparmor/exec""");
    }

    [Fact]
    public void The_working_directory_must_lie_inside_the_root_whoever_reached_it() =>
        Plans.Of("everything of the process").InOrder(@"make-path\(\$\d+, ""work/here"", 1", "^pivot_root", @"chdir\(""/work/here""\) \[EACCES.*EPERM", "^setresuid", "^if-set", "^chdir", "^getcwd", @"^test\(\{\d+ bytes\}, 255, 47, EXDEV\)");

    [Fact]
    public void Time_offsets_are_written_before_the_namespace_is_entered() =>
        Plans.Of("time").InOrder(@"openat\(\$2, ""self/timens_offsets""", @"^unshare\(CLONE_NEWTIME\)", "^write", @"openat\(\$2, ""self/ns/time_for_children""", @"^setns\(\$\d+, CLONE_NEWTIME\)", "^pivot_root");

    [Fact]
    public void Beside_a_joined_user_namespace_the_runtime_writes_the_time_offsets()
    {
        LaunchInputs inputs = Plans.Changed(c =>
        {
            c.Linux!.Namespaces!.AddRange([new() { Type = "user", Path = "/proc/1/ns/user" }, new() { Type = "time" }]);
            c.Linux.TimeOffsets = new() { ["boottime"] = new() { Secs = 5 } };
        });
        Listing plan = Plans.Compile(inputs);
        plan.InOrder("^setresuid", @"^unshare\(CLONE_NEWTIME\)", @"^ask-runtime\(TimeOffsets\)", @"^setns\(\$\d+, CLONE_NEWTIME\)", "^pivot_root");
        Assert.DoesNotContain(plan.Lines, static l => l.Call.Contains("timens_offsets", StringComparison.Ordinal));
    }

    [Fact]
    public void The_limit_of_open_files_is_the_callers_unless_the_config_says_otherwise()
    {
        var config = Plans.Config();
        config.Process!.Rlimits = [new() { Type = "RLIMIT_CORE", Soft = 0, Hard = 5 }];
        GuestPlan guest = LaunchPlanBuilder.Build(Plans.Inputs(config));
        using (guest.Plan)
        {
            Plans.Compile(Plans.Inputs(config) with { ChildSetsRlimits = true }).InOrder("^close-others", @"^prlimit64\(0, 4, \{soft ", "^execve");
            Assert.Equal(("/process/rlimits/0", 4, 0UL, 5UL), (guest.Rlimits[0].Pointer, guest.Rlimits[0].Resource, guest.Rlimits[0].Value.rlim_cur, guest.Rlimits[0].Value.rlim_max));
        }
    }
}
