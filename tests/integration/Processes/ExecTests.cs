using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Processes;

/// <summary>What config.md has for a process that enters a running container ("Linux Process"): one container for all tests.</summary>
public sealed class ExecTests(ExecTests.Guest guest) : IClassFixture<ExecTests.Guest>
{
    private static readonly string s_allCpus = $"0-{Environment.ProcessorCount - 1}";

    /// <summary>What the new process has without a final one is the kernel's choice: Linux 6.1 and 6.18 differ.</summary>
    [Fact]
    public void The_initial_affinity_is_the_runtimes_before_the_process_is_in_the_containers_cgroup()
    {
        using var directory = new TempDir();
        using RunningCommand exec = guest.Cctl.Command("exec", "--process", ProcessFile(directory, p => p.ExecCPUAffinity = new() { Initial = "1" }, "sh", "-c", "echo up; sleep 1000"), guest.Id).Start();
        exec.WaitForOutput("up", Place.Deadline(10));
        Assert.Contains("\nCpus_allowed_list:\t1\n", File.ReadAllText($"/proc/{exec.Pid}/status"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0", "1", "1")]
    [InlineData(null, "1", "1")]
    [InlineData("1", "0-1", "0-1")]
    [InlineData("1", " 0, 1 ", "0-1")]
    [InlineData("0", "0-1,5-9", "0-1")]
    public void The_final_affinity_is_set_in_the_containers_cgroup(string? initial, string final, string expected) =>
        Assert.Equal("Cpus_allowed_list:\t" + expected, Exec(p => p.ExecCPUAffinity = new() { Initial = initial, Final = final }, "grep", "Cpus_allowed_list", "/proc/self/status").MustSucceed().Text);

    [Fact]
    public void The_containers_own_affinity_holds_for_words_too_and_not_for_its_first_process()
    {
        Assert.Equal("Cpus_allowed_list:\t1", guest.Cctl.Run("exec", guest.Id, "grep", "Cpus_allowed_list", "/proc/self/status").MustSucceed().Text);
        Assert.Equal("Cpus_allowed_list:\t" + s_allCpus, guest.Cctl.Run("exec", guest.Id, "grep", "Cpus_allowed_list", "/proc/1/status").MustSucceed().Text);
    }

    [Theory]
    [InlineData("initial")]
    [InlineData("final")]
    public void CPUs_that_the_machine_does_not_have_are_named(string which)
    {
        CommandResult result = Exec(p => p.ExecCPUAffinity = which == "initial" ? new() { Initial = "900-901" } : new() { Final = "900-901" }, "true").MustExit(255);
        Assert.Contains($"/process/execCPUAffinity/{which}: run on the CPUs 900-901 (sched_setaffinity): EINVAL: none of these CPUs is online", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_of_CPUs_that_is_none_is_named()
    {
        CommandResult result = Exec(p => p.ExecCPUAffinity = new() { Final = "3-1" }, "true").MustExit(255);
        Assert.Contains("/execCPUAffinity/final: \"3-1\" is not a list of CPUs: numbers and ranges such as 0-3,7", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void Scheduler_and_io_priority_are_the_processes_own()
    {
        CommandResult result = Exec(
            p =>
            {
                p.Scheduler = new() { Policy = "SCHED_BATCH", Nice = 7 };
                p.IoPriority = new() { Class = "IOPRIO_CLASS_BE", Priority = 6 };
            },
            "sh",
            "-c",
            "set -- $(cat /proc/self/stat); shift 18; n=$1; shift 21; echo $2 $n; ionice -p $$").MustSucceed();
        Assert.Equal(["3 7", "best-effort: prio 6"], result.Lines);
    }

    [Fact]
    public void User_directory_environment_and_limits_are_the_processes_own()
    {
        CommandResult result = Exec(
            p =>
            {
                p.User = new() { Uid = 1000, Gid = 1001, AdditionalGids = [7], Umask = 0x3f };
                p.Cwd = "/tmp";
                p.Env = ["PATH=/bin", "ONE=1"];
                p.Rlimits = [new() { Type = "RLIMIT_NOFILE", Soft = 77, Hard = 88 }];
                p.OomScoreAdj = 500;
                p.NoNewPrivileges = true;
            },
            "sh",
            "-c",
            "id -u; id -G; pwd; umask; echo $ONE $TERM; ulimit -n; cat /proc/self/oom_score_adj; grep -c 'NoNewPrivs:.1' /proc/self/status").MustSucceed();
        Assert.Equal(["1000", "1001 7", "/tmp", "0077", "1", "77", "500", "1"], result.Lines);
    }

    [Fact]
    [VmOnly]
    public void An_apparmor_profile_is_changed_to_on_exec()
    {
        using var profile = new TempDir();
        string name = "cctl-test-" + Guid.NewGuid().ToString("N")[..8];
        profile.WriteFile("profile", $"profile {name} {{\n  file,\n  capability,\n  deny /etc/passwd r,\n}}\n");
        Command.Run("apparmor_parser", "--replace", profile["profile"]).MustSucceed();
        try
        {
            const string Attack = "cat /proc/self/attr/current; cat /etc/passwd 2>/dev/null || echo refused";
            Assert.Equal([name + " (enforce)", "refused"], guest.Cctl.Run("exec", "--apparmor", name, guest.Id, "sh", "-c", Attack).MustSucceed().Lines);
            Assert.Equal([name + " (enforce)", "refused"], Exec(p => p.ApparmorProfile = name, "sh", "-c", Attack).MustSucceed().Lines);
        }
        finally
        {
            Command.Run("apparmor_parser", "--remove", profile["profile"]);
        }
    }

    [Fact]
    public void A_profile_that_is_not_loaded_is_named()
    {
        CommandResult result = guest.Cctl.Run("exec", "--apparmor", "cctl-missing", guest.Id, "true").MustExit(255);
        Assert.Contains("/process/apparmorProfile: change to the profile cctl-missing on exec", result.Stderr, StringComparison.Ordinal);
        Assert.Matches("load the profile, or take the label out|take the label out", result.Stderr);
    }

    private CommandResult Exec(Action<ProcessSpec> change, params string[] command)
    {
        using var directory = new TempDir();
        return guest.Cctl.Run("exec", "--process", ProcessFile(directory, change, command), guest.Id);
    }

    private static string ProcessFile(TempDir directory, Action<ProcessSpec> change, params string[] command)
    {
        RuntimeConfig config = DefaultConfig.For(command);
        change(config.Process!);
        using var document = System.Text.Json.JsonDocument.Parse(ConfigFile.Write(config));
        return directory.WriteFile("process.json", document.RootElement.GetProperty("process").GetRawText());
    }

    /// <summary>A container that does nothing, and whose config has an affinity.</summary>
    public sealed class Guest : IDisposable
    {
        private readonly Bundle _bundle = new Bundle("/bin/sleep", "10000").With(c => c.Process!.ExecCPUAffinity = new() { Initial = "0", Final = "1" });

        public Guest()
        {
            Id = Cctl.NewId();
            Cctl.Run("run", "--detach", "--bundle", _bundle.Path, Id).MustSucceed();
        }

        internal Cctl Cctl { get; } = new();

        internal string Id { get; }

        public void Dispose()
        {
            Cctl.Dispose();
            _bundle.Dispose();
        }
    }
}
