using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Processes;

/// <summary>config.md, "Process", "Linux Process" and "User"; config-linux.md, what is set on the process itself.</summary>
public sealed class ProcessTests
{
    [Fact]
    public void User_group_and_further_groups_are_the_configs()
    {
        using Bundle bundle = Bundle.Script("id -u; id -g; id -G").With(c => c.Process!.User = new() { Uid = 1000, Gid = 1001, AdditionalGids = [5, 6] });
        Assert.Equal(["1000", "1001", "1001 5 6"], Run(bundle).Lines);
    }

    [Theory]
    [InlineData(null, "0022")]
    [InlineData(0x1ffu, "0777")]
    [InlineData(0u, "0000")]
    public void The_umask_is_the_configs_and_0022_without_one(uint? umask, string expected)
    {
        using Bundle bundle = Bundle.Script("umask").With(c => c.Process!.User!.Umask = umask);
        Assert.Equal(expected, Run(bundle).Text);
    }

    [Fact]
    public void The_working_directory_is_the_configs_and_is_made()
    {
        using Bundle bundle = Bundle.Script("pwd").With(c => c.Process!.Cwd = "/made/for/it");
        Assert.Equal("/made/for/it", Run(bundle).Text);
    }

    [Fact]
    public void The_environment_is_the_configs_and_nothing_else_but_home()
    {
        using var bundle = new Bundle("/bin/env");
        bundle.With(c => c.Process!.Env = ["ONE=1", "EMPTY=", "PATH=/bin"]);
        Assert.Equal(["EMPTY=", "HOME=/root", "ONE=1", "PATH=/bin"], Run(bundle).Lines.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Arguments_arrive_as_they_are()
    {
        using var bundle = new Bundle("/bin/sh", "-c", "printf '%s|' \"$0\" \"$@\"", "", "a b", "'", "ü");
        Assert.Equal("|a b|'|ü|", Run(bundle).Text);
    }

    [Fact]
    public void A_command_without_a_slash_is_found_in_the_path_of_the_config()
    {
        using var bundle = new Bundle("hostname");
        bundle.With(c => c.Process!.Env = ["PATH=/nowhere:/bin"]);
        Assert.Equal("guest", Run(bundle).Text);
    }

    [Fact]
    public void Resource_limits_are_the_configs()
    {
        using Bundle bundle = Bundle.Script("ulimit -n; ulimit -Hn; ulimit -c; ulimit -Ht").With(c => c.Process!.Rlimits =
        [
            new() { Type = "RLIMIT_NOFILE", Soft = 100, Hard = 200 },
            new() { Type = "RLIMIT_CORE", Soft = 0, Hard = 0 },
            new() { Type = "RLIMIT_CPU", Soft = 50, Hard = 60 },
        ]);
        Assert.Equal(["100", "200", "0", "60"], Run(bundle).Lines);
    }

    [Theory]
    [InlineData(true, "1")]
    [InlineData(false, "0")]
    public void No_new_privileges_is_set_as_the_config_says(bool set, string expected)
    {
        using Bundle bundle = Bundle.Script("grep NoNewPrivs /proc/self/status").With(c => c.Process!.NoNewPrivileges = set);
        Assert.Equal("NoNewPrivs:\t" + expected, Run(bundle).Text);
    }

    [Fact]
    public void The_five_capability_sets_are_the_configs()
    {
        using var bundle = new Bundle("/bin/grep", "Cap", "/proc/self/status");
        bundle.With(c =>
        {
            c.Process!.User = new() { Uid = 1000, Gid = 1000 };
            c.Process.Capabilities = new()
            {
                Bounding = ["CAP_CHOWN", "CAP_KILL", "CAP_SETUID", "CAP_SYS_CHROOT"],
                Permitted = ["CAP_CHOWN", "CAP_KILL", "CAP_SETUID"],
                Effective = ["CAP_CHOWN", "CAP_KILL"],
                Inheritable = ["CAP_CHOWN", "CAP_KILL"],
                Ambient = ["CAP_CHOWN"],
            };
        });
        // capabilities(7): execve of an ordinary user leaves what is ambient in permitted and effective.
        Assert.Equal(
            ["CapInh:\t0000000000000021", "CapPrm:\t0000000000000001", "CapEff:\t0000000000000001", "CapBnd:\t00000000000400a1", "CapAmb:\t0000000000000001"],
            Run(bundle).Lines);
    }

    [Fact]
    public void Root_has_no_capability_without_any_in_the_config()
    {
        using var bundle = new Bundle("/bin/grep", "Cap", "/proc/self/status");
        bundle.With(c => c.Process!.Capabilities = null);
        Assert.All(Run(bundle).Lines, line => Assert.EndsWith("\t0000000000000000", line, StringComparison.Ordinal));
    }

    [Fact]
    public void An_effective_capability_that_is_not_permitted_is_left_out()
    {
        using var bundle = new Bundle("/bin/grep", "CapEff", "/proc/self/status");
        bundle.With(c => c.Process!.Capabilities = new() { Bounding = ["CAP_KILL", "CAP_CHOWN"], Permitted = ["CAP_KILL"], Effective = ["CAP_KILL", "CAP_CHOWN"] });
        // execve of root computes the sets again from the bounding set: what counts is that the launch succeeds.
        Assert.StartsWith("CapEff:", Run(bundle).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_oom_score_adjustment_is_the_configs(bool userNamespace)
    {
        using Bundle bundle = Bundle.Script("cat /proc/self/oom_score_adj").With(c => c.Process!.OomScoreAdj = 300);
        if (userNamespace)
        {
            bundle.InUserNamespace();
        }

        Assert.Equal("300", Run(bundle).Text);
    }

    [Theory]
    [InlineData("SCHED_BATCH", 5, null, "3 5 0")]
    [InlineData("SCHED_IDLE", null, null, "5 0 0")]
    [InlineData("SCHED_OTHER", 7, null, "0 7 0")]
    [InlineData("SCHED_RR", null, 3, "2 0 3")]
    [InlineData("SCHED_FIFO", null, 4, "1 0 4")]
    public void The_scheduler_is_the_configs(string policy, int? nice, int? priority, string expected)
    {
        // proc_pid_stat(5): 19 nice, 40 rt_priority, 41 policy; the command's name here has no blank.
        using Bundle bundle = Bundle.Script("set -- $(cat /proc/self/stat); shift 18; n=$1; shift 21; echo $2 $n $1")
            .With(c => c.Process!.Scheduler = new() { Policy = policy, Nice = nice, Priority = priority });
        using var cctl = new Cctl();
        CommandResult result = cctl.RunBundle(bundle);
        if (priority is not null && !Place.IsVm && result.Stderr.Contains("EPERM", StringComparison.Ordinal))
        {
            // Where the real-time share of the cgroup is 0 the kernel refuses it (sched(7)); the message says what was tried.
            Assert.Contains($"/process/scheduler: set the scheduler {policy}", result.Stderr, StringComparison.Ordinal);
            return;
        }

        Assert.Equal(expected, result.MustSucceed().Text);
    }

    [Theory]
    [InlineData("IOPRIO_CLASS_BE", 6, "best-effort: prio 6")]
    [InlineData("IOPRIO_CLASS_IDLE", 0, "idle")]
    [InlineData("IOPRIO_CLASS_RT", 2, "realtime: prio 2")]
    public void The_io_priority_is_the_configs(string name, int priority, string expected)
    {
        using Bundle bundle = Bundle.Script("ionice -p $$").With(c => c.Process!.IoPriority = new() { Class = name, Priority = priority });
        Assert.Equal(expected, Run(bundle).Text);
    }

    [Theory]
    [InlineData("MPOL_BIND", "0", null, "bind:0")]
    [InlineData("MPOL_INTERLEAVE", "0", null, "interleave:0")]
    [InlineData("MPOL_PREFERRED", "0", null, "prefer:0")]
    [InlineData("MPOL_PREFERRED_MANY", "0", null, "prefer (many):0")]
    [InlineData("MPOL_LOCAL", null, null, "local")]
    [InlineData("MPOL_DEFAULT", null, null, "default")]
    [InlineData("MPOL_BIND", "0", "MPOL_F_STATIC_NODES", "bind=static:0")]
    [InlineData("MPOL_INTERLEAVE", "0", "MPOL_F_RELATIVE_NODES", "interleave=relative:0")]
    public void The_memory_policy_is_the_configs(string mode, string? nodes, string? flag, string expected)
    {
        using var bundle = new Bundle("/bin/cat", "/proc/self/numa_maps");
        bundle.With(c => c.Linux!.MemoryPolicy = new() { Mode = mode, Nodes = nodes, Flags = flag is null ? null : [flag] });
        Assert.Contains(Run(bundle).Lines, line => line.Contains($" {expected} ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_memory_node_that_does_not_exist_is_named()
    {
        using var cctl = new Cctl();
        using Bundle bundle = Bundle.Script("true").With(c => c.Linux!.MemoryPolicy = new() { Mode = "MPOL_BIND", Nodes = "63" });
        CommandResult result = cctl.RunBundle(bundle);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("/linux/memoryPolicy: set the memory policy MPOL_BIND (set_mempolicy): EINVAL: the nodes do not exist", result.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("LINUX", "x86_64")]
    [InlineData("LINUX32", "i686")]
    public void The_personality_is_the_configs(string domain, string machine)
    {
        using Bundle bundle = Bundle.Script("uname -m").With(c => c.Linux!.Personality = new() { Domain = domain });
        Assert.Equal(machine, Run(bundle).Text);
    }

    [Fact]
    public void The_guest_has_a_session_keyring_of_its_own_unless_it_is_asked_not_to()
    {
        using var cctl = new Cctl();
        using Bundle bundle = Bundle.Script("cat /proc/keys").With(c => c.Linux!.MaskedPaths = []);
        string id = Cctl.NewId();
        Assert.Contains("_ses." + id, cctl.Run("run", "--bundle", bundle.Path, id).MustSucceed().Stdout, StringComparison.Ordinal);
        string other = Cctl.NewId();
        Assert.DoesNotContain("_ses." + other, cctl.Run("run", "--no-new-keyring", "--bundle", bundle.Path, other).MustSucceed().Stdout, StringComparison.Ordinal);
    }

    [Fact]
    [VmOnly]
    public void The_apparmor_profile_is_changed_to_on_exec()
    {
        using var profile = new TempDir();
        string name = "cctl-test-" + Guid.NewGuid().ToString("N")[..8];
        profile.WriteFile("profile", $"profile {name} {{\n  file,\n  capability,\n  deny /etc/passwd r,\n}}\n");
        Command.Run("apparmor_parser", "--replace", profile["profile"]).MustSucceed();
        try
        {
            using Bundle bundle = Bundle.Script("cat /proc/self/attr/current; cat /etc/passwd 2>/dev/null || echo refused").With(c => c.Process!.ApparmorProfile = name);
            Assert.Equal([name + " (enforce)", "refused"], Run(bundle).Lines);
        }
        finally
        {
            Command.Run("apparmor_parser", "--remove", profile["profile"]);
        }
    }

    [Fact]
    public void The_exit_status_is_the_guests()
    {
        using Bundle bundle = Bundle.Script("exit 3");
        using var cctl = new Cctl();
        cctl.RunBundle(bundle).MustExit(3);
    }

    private static CommandResult Run(Bundle bundle)
    {
        using var cctl = new Cctl();
        return cctl.RunBundle(bundle).MustSucceed();
    }
}
