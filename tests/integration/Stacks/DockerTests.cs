using Integration.Tests.Harness;

namespace Integration.Tests.Stacks;

/// <summary>cctl as the runtime of dockerd with the systemd driver, driven by docker.</summary>
[VmOnly]
[Collection("docker")]
public sealed class DockerTests(DockerFixture stack)
{
    [Fact]
    public void It_is_the_default_runtime() =>
        Assert.Equal("cctl systemd 2", stack.Docker("info", "--format", "{{.DefaultRuntime}} {{.CgroupDriver}} {{.CgroupVersion}}").MustSucceed().Text);

    [Theory]
    [MemberData(nameof(Runtimes.All), MemberType = typeof(Runtimes))]
    public void A_container_has_the_network_runs_and_its_exit_status_arrives(string runtime)
    {
        CommandResult result = stack.Docker("run", "--rm", "--runtime", runtime, DockerFixture.Image, "sh", "-c", "ip -o addr show eth0 | grep -c 'inet 172'; exit 7").MustExit(7);
        Assert.Equal("1", result.Text);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Each), MemberType = typeof(Runtimes))]
    public void Limits_exec_top_stats_pause_update_and_kill_work(string runtime)
    {
        string id = Start(runtime, ["--memory", "64m", "--cpus", ".5", "--pids-limit", "20", "--init"], "sleep", "1000");
        try
        {
            const string Limits = "cd /sys/fs/cgroup; cat memory.max cpu.max pids.max";
            Assert.Equal(["67108864", "50000 100000", "20", "docker-init"], stack.Docker("exec", id, "sh", "-c", Limits + " /proc/1/comm").MustSucceed().Lines);
            CommandResult exec = stack.Docker("exec", "--user", "7:8", "--workdir", "/tmp", "--env", "A=b", id, "sh", "-c", "id -u; id -g; pwd; echo $A; exit 5").MustExit(5);
            Assert.Equal(["7", "8", "/tmp", "b"], exec.Lines);
            Assert.Contains("/dev/pts/0", stack.DockerOnTerminal($"exec -it {id} sh -c 'tty; exit 4'").MustExit(4).Stdout, StringComparison.Ordinal);
            Assert.Contains("not found in $PATH", stack.Docker("exec", id, "nonexistent").MustExit(126).Stdout, StringComparison.Ordinal);
            Assert.Contains("0000003fffffffff", stack.Docker("exec", "--privileged", id, "grep", "CapEff", "/proc/self/status").MustSucceed().Text, StringComparison.Ordinal);
            Assert.Contains("sleep 1000", stack.Docker("top", id).MustSucceed().Stdout, StringComparison.Ordinal);
            Assert.Contains("/ 64MiB", stack.Docker("stats", "--no-stream", id).MustSucceed().Stdout, StringComparison.Ordinal);
            stack.Docker("pause", id).MustSucceed();
            Assert.Equal("paused", stack.Inspect(id, "{{.State.Status}}"));
            stack.Docker("unpause", id).MustSucceed();
            if (runtime != "crun") // It refuses the kernel memory that docker sends along.
            {
                stack.Docker("update", "--memory", "128m", "--memory-swap", "256m", "--cpus", "1", "--pids-limit", "30", id).MustSucceed();
                Assert.Equal(["134217728", "100000 100000", "30"], stack.Docker("exec", id, "sh", "-c", Limits).MustSucceed().Lines);
            }

            stack.Docker("kill", id).MustSucceed();
            stack.WaitFor(id, "{{.State.Status}} {{.State.ExitCode}} {{.State.OOMKilled}}", "exited 137 false");
        }
        finally
        {
            stack.Docker("rm", "--force", id);
        }
    }

    [Theory]
    [MemberData(nameof(Runtimes.Each), MemberType = typeof(Runtimes))]
    public void Options_reach_the_guest(string runtime)
    {
        stack.Write("seccomp.json", """{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","errnoRet":13}]}""");
        const string Script = "touch /x 2>&1; touch /run/x && echo written; touch /mnt/x 2>&1; mkdir /run/y 2>&1; cat /proc/self/attr/current; grep CapBnd /proc/self/status; id -u; hostname; ulimit -n; cat /proc/self/oom_score_adj; df -k /dev/shm | tail -1 | tr -s ' ' | cut -d' ' -f2; tty";
        // runc 1.1 gives a tmpfs the mode of the directory below it, whatever its options say.
        string written = runtime == "runc" ? "touch: /run/x: Permission denied" : "written";
        CommandResult result = stack.DockerOnTerminal(
            $"run --rm -it --runtime {runtime} --network none --read-only --tmpfs /run:size=64k,mode=777 -v {stack["."]}:/mnt:ro --security-opt seccomp={stack["seccomp.json"]} "
            + $"--cap-drop ALL --cap-add CHOWN --user 5:6 --hostname host7 --ulimit nofile=77:99 --oom-score-adj 300 --shm-size 1m {DockerFixture.Image} sh -c '{Script.Replace("'", "'\\''", StringComparison.Ordinal)}'").MustSucceed();
        Assert.Equal(
            [
                "touch: /x: Read-only file system", written, "touch: /mnt/x: Read-only file system", "mkdir: can't create directory '/run/y': Permission denied",
                "docker-default (enforce)", "CapBnd:\t0000000000000001", "5", "host7", "77", "300", "1024", "/dev/pts/0",
            ],
            result.Stdout.Replace("\r", "", StringComparison.Ordinal).Trim('\0', '\n').Split('\n').Select(l => l.TrimStart('^', '@', 'D', '\b', '\0')));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Each), MemberType = typeof(Runtimes))]
    public void What_cannot_be_executed_has_the_status_that_scripts_know(string runtime)
    {
        string[] run = ["run", "--rm", "--network", "none", "--runtime", runtime, "--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined", DockerFixture.Image];
        bool told = runtime != "crun"; // Its messages are not those that docker knows.
        stack.Docker([.. run, "nonexistent"]).MustExit(told ? 127 : 125);
        stack.Docker([.. run, "/etc"]).MustExit(told ? 126 : 125);
        Assert.Equal(["Seccomp:\t0", "unconfined"], stack.Docker([.. run, "sh", "-c", "grep Seccomp: /proc/self/status; cat /proc/self/attr/current"]).MustSucceed().Lines);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Each), MemberType = typeof(Runtimes))]
    public void Restarts_health_checks_and_out_of_memory_are_reported(string runtime)
    {
        string failing = Start(runtime, ["--restart", "on-failure:1"], "sh", "-c", "exit 4");
        string watched = Start(runtime, ["--health-cmd", "test -e /healthy", "--health-interval", "2s", "--health-retries", "1"], "sh", "-c", "touch /healthy; sleep 1000");
        string greedy = Start(runtime, ["--memory", "16m", "--memory-swap", "16m"], "sh", "-c", "until test -e /go; do sleep 0.1; done; tail /dev/zero; until test -e /end; do sleep 0.1; done; exit 137");
        try
        {
            // containerd's shim looks at memory.events only after the start, and only while the cgroup, which systemd removes
            // when it is empty, is there: a kill before or after is told by nobody.
            stack.Docker("exec", greedy, "touch", "/go").MustSucceed();
            stack.WaitForEvent(greedy, "oom");
            stack.Docker("exec", greedy, "touch", "/end").MustSucceed();
            stack.WaitFor(greedy, "{{.State.Status}} {{.State.ExitCode}} {{.State.OOMKilled}}", "exited 137 true");
            stack.WaitFor(watched, "{{.State.Health.Status}}", "healthy");
            stack.Docker("exec", watched, "rm", "/healthy").MustSucceed();
            stack.WaitFor(watched, "{{.State.Health.Status}}", "unhealthy");
            stack.WaitFor(failing, "{{.RestartCount}} {{.State.Status}} {{.State.ExitCode}}", "1 exited 4");
        }
        finally
        {
            stack.Docker("rm", "--force", failing, watched, greedy);
        }
    }

    [Fact]
    public void The_classic_builder_builds()
    {
        Directory.CreateDirectory(stack["build"]);
        stack.Write("build/Dockerfile", $"FROM {DockerFixture.Image}\nRUN echo \"made by $(id -u)\"\n");
        string output = stack.Docker("build", "--network", "none", "--tag", "built:1", stack["build"]).MustSucceed().Stdout;
        Assert.Contains("\nmade by 0\n", output, StringComparison.Ordinal);
        Assert.Contains("Successfully tagged built:1", output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Each), MemberType = typeof(Runtimes))]
    public void Containers_outlive_a_crash_of_dockerd_and_are_found_again(string runtime)
    {
        stack.SetLiveRestore(true);
        string id = Start(runtime, [], "sleep", "1000");
        try
        {
            string pid = stack.Inspect(id, "{{.State.Pid}}");
            stack.Daemon.CrashAndRestart();
            Assert.Equal("running " + pid, stack.Inspect(id, "{{.State.Status}} {{.State.Pid}}"));
            Assert.Equal("again", stack.Docker("exec", id, "echo", "again").MustSucceed().Text);
            stack.Docker("restart", "--time", "1", id).MustSucceed();
            Assert.Equal("running", stack.Inspect(id, "{{.State.Status}}"));
        }
        finally
        {
            stack.Docker("rm", "--force", id);
        }

        Assert.Empty(Leftovers.Cgroups(id));
    }

    [Theory]
    [MemberData(nameof(Runtimes.EachButCrun), MemberType = typeof(Runtimes))]
    public void A_container_is_checkpointed_and_started_again_from_it(string runtime)
    {
        string id = Start(runtime, [], "sh", "-c", "i=0; while :; do i=$((i+1)); echo $i; sleep 0.2; done");
        try
        {
            Eventually.True(() => Logged(id) > 2, Place.Deadline(6), () => stack.Daemon.LogEnd, DockerFixture.PollMilliseconds);
            stack.Docker("checkpoint", "create", id, "first").MustSucceed();
            stack.WaitFor(id, "{{.State.Status}}", "exited");
            Assert.Contains("first", stack.Docker("checkpoint", "ls", id).MustSucceed().Lines);
            int before = Logged(id);
            stack.Docker("start", "--checkpoint", "first", id).MustSucceed();
            Eventually.True(() => Logged(id) > before, Place.Deadline(6), () => stack.Daemon.LogEnd, DockerFixture.PollMilliseconds);
            Assert.Equal(Enumerable.Range(1, before + 1), stack.Docker("logs", id).MustSucceed().Lines.Take(before + 1).Select(int.Parse));
        }
        finally
        {
            stack.Docker("rm", "--force", id);
        }
    }

    private int Logged(string id) => int.Parse(stack.Docker("logs", "--tail", "1", id).MustSucceed().Text is { Length: > 0 } last ? last : "0");

    private string Start(string runtime, string[] options, params string[] command) =>
        stack.Docker(["run", "--detach", "--network", "none", "--runtime", runtime, .. options, DockerFixture.Image, .. command]).MustSucceed().Text;
}
