using System.Text.Json;
using Integration.Tests.Harness;

namespace Integration.Tests.Stacks;

/// <summary>cctl as the runtime of containerd, driven by ctr.</summary>
[VmOnly]
[Collection("containerd")]
public sealed class ContainerdTests(ContainerdFixture stack)
{
    [Theory]
    [MemberData(nameof(Runtimes.All), MemberType = typeof(Runtimes))]
    public void A_container_runs_and_its_output_and_exit_status_arrive(string runtime)
    {
        CommandResult result = stack.Ctr(ContainerdFixture.Run(runtime, Id(), ["--rm", "--memory-limit", "64000000", "--cpus", "0.5"], "sh", "-c", "echo out; echo err >&2; exit 7"));
        result.MustExit(7);
        Assert.Equal("out", result.Text);
        Assert.Contains("err", result.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Each), MemberType = typeof(Runtimes))]
    public void Exec_pause_resume_metrics_events_and_kill_work(string runtime)
    {
        string id = Id();
        using RunningCommand events = stack.CtrCommand("events").Start();
        stack.Ctr(ContainerdFixture.Run(runtime, id, ["--detach", "--memory-limit", "64000000"], "sleep", "1000")).MustSucceed();
        try
        {
            Assert.Equal("hi", stack.Ctr("task", "exec", "--exec-id", "e1", id, "sh", "-c", "echo hi; exit 5").MustExit(5).Text);
            Assert.Equal("7", stack.Ctr("task", "exec", "--exec-id", "e2", "--user", "7", "--cwd", "/tmp", id, "id", "-u").MustSucceed().Text);
            CommandResult missing = stack.Ctr("task", "exec", "--exec-id", "e3", id, "nonexistent");
            Assert.NotEqual(0, missing.ExitCode);
            Assert.Contains("not found in $PATH", missing.Stderr, StringComparison.Ordinal);
            CommandResult terminal = Command.Run("script", "-qec", $"ctr --address {stack.Socket} task exec --tty --exec-id e4 {id} sh -c 'tty; exit 6'", "/dev/null");
            Assert.Contains("/dev/pts/0", terminal.MustExit(6).Stdout, StringComparison.Ordinal);
            stack.Ctr("task", "pause", id).MustSucceed();
            Assert.Contains("PAUSED", Status(id), StringComparison.Ordinal);
            stack.Ctr("task", "resume", id).MustSucceed();
            Assert.Contains("RUNNING", Status(id), StringComparison.Ordinal);
            using JsonDocument metrics = JsonDocument.Parse(stack.Ctr("task", "metrics", "--format", "json", id).MustSucceed().Stdout);
            Assert.Equal(64000000L, metrics.RootElement.GetProperty("memory").GetProperty("usage_limit").GetInt64());
            Assert.Equal(1, metrics.RootElement.GetProperty("pids").GetProperty("current").GetInt32());
            stack.Ctr("task", "kill", "--signal", "SIGKILL", id).MustSucceed();
            Eventually.True(() => Status(id).Contains("STOPPED", StringComparison.Ordinal), Place.Deadline(6), () => Status(id), 500);
            events.WaitForOutput("\"exit_status\":137", Place.Deadline(3));
            foreach (string topic in (string[])["/tasks/create", "/tasks/start", "/tasks/exec-added", "/tasks/paused", "/tasks/resumed", "/tasks/exit"])
            {
                Assert.Contains(topic, events.Stdout, StringComparison.Ordinal);
            }
        }
        finally
        {
            stack.Remove(id);
        }
    }

    [Theory]
    [MemberData(nameof(Runtimes.EachButCrun), MemberType = typeof(Runtimes))]
    public void A_task_is_checkpointed_into_a_directory_and_into_an_image_and_restored(string runtime)
    {
        string id = Id(), image = "registry.invalid/checkpoint:" + id, images = $"/data/{id}";
        stack.Ctr(ContainerdFixture.Run(runtime, id, ["--detach"], "sh", "-c", "i=0; while :; do i=$((i+1)); echo $i >/count; sleep 0.2; done")).MustSucceed();
        try
        {
            int before = Count(id, "e1", 1);
            stack.Ctr("task", "checkpoint", "--image-path", images, "--work-path", images + ".work", id).MustSucceed();
            Assert.True(File.Exists(images + "/inventory.img") && File.Exists(images + ".work/dump.log"));
            Assert.Contains("RUNNING", Status(id), StringComparison.Ordinal);
            stack.Ctr("container", "checkpoint", "--image", "--task", id, image).MustSucceed();
            stack.Ctr("task", "kill", "--signal", "SIGKILL", id).MustSucceed();
            Eventually.True(() => Status(id).Contains("STOPPED", StringComparison.Ordinal), Place.Deadline(6), () => Status(id), 500);
            stack.Remove(id);

            // The guest's memory is the checkpoint's, its root is a fresh one.
            stack.Ctr("container", "restore", "--live", id, image).MustSucceed();
            Assert.Contains("RUNNING", Status(id), StringComparison.Ordinal);
            Count(id, "e2", before);
            stack.Ctr("task", "kill", "--signal", "SIGKILL", id).MustSucceed();
            Eventually.True(() => Status(id).Contains("STOPPED", StringComparison.Ordinal), Place.Deadline(6), () => Status(id), 500);
        }
        finally
        {
            stack.Remove(id);
            stack.Ctr("image", "rm", image);
            Command.Run("rm", "-rf", images, images + ".work");
        }
    }

    [Theory]
    [MemberData(nameof(Runtimes.Each), MemberType = typeof(Runtimes))]
    public void The_cgroup_is_the_one_of_the_driver_that_is_asked_for(string runtime)
    {
        string id = Id();
        string[] command = ["cat", "/proc/self/cgroup"];
        Assert.Equal($"0::/default/{id}", stack.Ctr(ContainerdFixture.Run(runtime, id, ["--rm"], command)).MustSucceed().Text);
        string[] systemd = ["--rm", "--runc-systemd-cgroup", "--cgroup", $"system.slice:ctr:{id}"];
        // crun has a cgroup of its own making in the scope.
        Assert.StartsWith($"0::/system.slice/ctr-{id}.scope", stack.Ctr(ContainerdFixture.Run(runtime, id, systemd, command)).MustSucceed().Text, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Each), MemberType = typeof(Runtimes))]
    public void Containers_outlive_a_crash_of_containerd_and_are_found_again(string runtime)
    {
        string id = Id();
        stack.Ctr(ContainerdFixture.Run(runtime, id, ["--detach"], "sleep", "1000")).MustSucceed();
        try
        {
            stack.Daemon.CrashAndRestart();
            Assert.Contains("RUNNING", Status(id), StringComparison.Ordinal);
            Assert.Equal("again", stack.Ctr("task", "exec", "--exec-id", "e1", id, "echo", "again").MustSucceed().Text);
            stack.Ctr("task", "kill", "--all", "--signal", "SIGKILL", id).MustSucceed();
            Eventually.True(() => Status(id).Contains("STOPPED", StringComparison.Ordinal), Place.Deadline(6), () => Status(id), 500);
        }
        finally
        {
            stack.Remove(id);
        }
    }

    [Theory]
    [MemberData(nameof(Runtimes.Each), MemberType = typeof(Runtimes))]
    public void Several_containers_run_at_once(string runtime)
    {
        string[] ids = [.. Enumerable.Range(0, 8).Select(_ => Id())];
        try
        {
            Parallel.ForEach(ids, new ParallelOptions { MaxDegreeOfParallelism = 4 }, id => stack.Ctr(ContainerdFixture.Run(runtime, id, ["--detach"], "sleep", "1000")).MustSucceed());
            string list = stack.Ctr("task", "list").MustSucceed().Stdout;
            Assert.All(ids, id => Assert.Contains(list.Split('\n'), line => line.StartsWith(id, StringComparison.Ordinal) && line.Contains("RUNNING", StringComparison.Ordinal)));
        }
        finally
        {
            Parallel.ForEach(ids, new ParallelOptions { MaxDegreeOfParallelism = 4 }, stack.Remove);
        }

        Assert.All(ids, id => Assert.Empty(Leftovers.Cgroups(id)));
    }

    private int Count(string id, string execId, int above)
    {
        string text = stack.Ctr("task", "exec", "--exec-id", execId, id, "sh", "-c", $"until [ \"$(cat /count)\" -gt {above} ]; do sleep 0.1; done; cat /count").MustSucceed().Text;
        return int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
    }

    private static string Id() => Cctl.NewId();

    private string Status(string id) => stack.Ctr("task", "list").Lines.FirstOrDefault(l => l.StartsWith(id, StringComparison.Ordinal)) ?? "";
}
