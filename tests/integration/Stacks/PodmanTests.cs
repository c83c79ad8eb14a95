using Integration.Tests.Harness;

namespace Integration.Tests.Stacks;

/// <summary>cctl as the runtime of podman and conmon, as root.</summary>
[VmOnly]
[Collection("podman")]
public sealed class PodmanTests(PodmanFixture stack)
{
    [Fact]
    public void It_is_the_configured_runtime() =>
        Assert.Equal("cctl systemd", stack.Podman("info", "--format", "{{.Host.OCIRuntime.Name}} {{.Host.CgroupManager}}").MustSucceed().Text);

    [Theory]
    [MemberData(nameof(Runtimes.All), MemberType = typeof(Runtimes))]
    public void A_container_runs_with_either_cgroup_manager(string runtime)
    {
        string[] run = ["--runtime", Runtimes.PathOf(runtime), "run", "--rm", "--network", "none", "--cgroupns", "host", PodmanFixture.Image, "sh", "-c", "cat /proc/self/cgroup; exit 7"];
        Assert.StartsWith("0::/machine.slice/libpod-", stack.Podman(run).MustExit(7).Text, StringComparison.Ordinal);
        Assert.StartsWith("0::/libpod_parent/libpod-", stack.Podman(["--cgroup-manager", "cgroupfs", .. run]).MustExit(7).Text, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Each), MemberType = typeof(Runtimes))]
    public void Limits_exec_top_stats_pause_update_and_stop_work(string runtime)
    {
        string[] options = ["--detach", "--network", "none", "--init", "--memory", "64m", "--cpus", ".5", "--pids-limit", "20"];
        string id = stack.Podman(["--runtime", Runtimes.PathOf(runtime), "run", .. options, PodmanFixture.Image, "sleep", "1000"]).MustSucceed().Text;
        const string Limits = "cd /sys/fs/cgroup; cat memory.max cpu.max pids.max";
        Assert.Equal(["67108864", "50000 100000", "20", "podman-init"], stack.Podman("exec", id, "sh", "-c", Limits + " /proc/1/comm").MustSucceed().Lines);
        CommandResult exec = stack.Podman("exec", "--user", "7", "--workdir", "/tmp", "--env", "A=b", id, "sh", "-c", "id -u; pwd; echo $A; exit 5").MustExit(5);
        Assert.Equal(["7", "/tmp", "b"], exec.Lines);
        Assert.Contains("/dev/pts/0", stack.PodmanOnTerminal($"exec -it {id} sh -c 'tty; exit 4'").MustExit(4).Stdout, StringComparison.Ordinal);
        stack.Podman("exec", id, "nonexistent").MustExit(127);
        stack.Podman("exec", id, "/etc").MustExit(126);
        Assert.Contains("sleep 1000", stack.Podman("top", id).MustSucceed().Stdout, StringComparison.Ordinal);
        Assert.Contains("67.11MB", stack.Podman("stats", "--no-stream", id).MustSucceed().Stdout, StringComparison.Ordinal);
        stack.Podman("pause", id).MustSucceed();
        Assert.Equal("paused", stack.Podman("inspect", "--format", "{{.State.Status}}", id).MustSucceed().Text);
        stack.Podman("unpause", id).MustSucceed();
        stack.Podman("update", "--memory", "128m", "--cpus", "1", id).MustSucceed();
        Assert.Equal(["134217728", "100000 100000", "20"], stack.Podman("exec", id, "sh", "-c", Limits).MustSucceed().Lines);
        stack.Podman("stop", "--time", "1", id).MustSucceed();
        Assert.StartsWith("exited ", stack.Podman("inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", id).MustSucceed().Text, StringComparison.Ordinal);
        stack.Podman("rm", id).MustSucceed();
        Assert.Empty(Leftovers.Cgroups(id));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Each), MemberType = typeof(Runtimes))]
    public void Options_reach_the_guest(string runtime)
    {
        CommandResult result = stack.Podman(
            "--runtime", Runtimes.PathOf(runtime), "run", "--rm", "--network", "none", "--read-only", "--tmpfs", "/run:size=64k", "--volume", "/etc:/mnt:ro", "--hostname", "host7",
            "--uidmap", "0:100000:65536", "--security-opt", "no-new-privileges", "--security-opt", "seccomp=unconfined", "--cap-drop", "ALL", PodmanFixture.Image,
            "sh", "-c", "touch /x 2>&1; touch /run/x && echo written; touch /mnt/x 2>&1; hostname; grep -E 'Seccomp:|NoNew|CapBnd' /proc/self/status; tr -s ' ' </proc/self/uid_map").MustSucceed();
        Assert.Equal(
            [
                "touch: /x: Read-only file system", "written", "touch: /mnt/x: Read-only file system", "host7",
                "CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t0", " 0 100000 65536",
            ],
            result.Lines);
    }

    [Theory]
    [MemberData(nameof(Runtimes.EachButCrun), MemberType = typeof(Runtimes))]
    public void A_checkpoint_is_restored_in_place_and_exported_and_imported_under_another_name(string runtime)
    {
        const string Script = "i=0; while :; do i=$((i+1)); echo $i >/count; sleep 0.2; done";
        string[] podman = ["--runtime", Runtimes.PathOf(runtime)];
        string archive = stack.Write("checkpoint.tar.gz", "");
        string id = stack.Podman([.. podman, "run", "--detach", "--network", "none", "--pids-limit", "20", PodmanFixture.Image, "sh", "-c", Script]).MustSucceed().Text;
        string second = "";
        try
        {
            Count(id, 1);
            stack.Podman([.. podman, "container", "checkpoint", id]).MustSucceed();
            Assert.Equal("false true", stack.Podman("inspect", "--format", "{{.State.Running}} {{.State.Checkpointed}}", id).MustSucceed().Text);
            stack.Podman([.. podman, "container", "restore", id]).MustSucceed();
            int restored = Count(id, 2);

            stack.Podman([.. podman, "container", "checkpoint", "--export", archive, id]).MustSucceed();
            stack.Podman("rm", "--force", "--time", "0", id).MustSucceed();
            second = stack.Podman([.. podman, "container", "restore", "--import", archive, "--name", "second"]).MustSucceed().Text;
            Count(second, restored);
            // runc leaves the limits to the images, and those to the cgroup that is no more.
            Assert.Equal(runtime == "runc" ? "max" : "20", stack.Podman("exec", second, "cat", "/sys/fs/cgroup/pids.max").MustSucceed().Text);
            Assert.Contains("second", stack.Podman("ps", "--format", "{{.Names}}").MustSucceed().Lines);
        }
        finally
        {
            stack.Podman("rm", "--force", "--time", "0", second.Length > 0 ? second : id);
        }
    }

    [Theory]
    [MemberData(nameof(Runtimes.Each), MemberType = typeof(Runtimes))]
    public void A_pod_is_played_from_kubernetes_yaml(string runtime)
    {
        string file = stack.Write("pod.yaml", $$"""
            apiVersion: v1
            kind: Pod
            metadata: { name: played }
            spec:
              hostNetwork: true
              containers:
              - { name: one, image: "{{PodmanFixture.Image}}", imagePullPolicy: Never, command: [sleep, "1000"], resources: { limits: { memory: 64Mi } } }
            """);
        string[] podman = ["--runtime", Runtimes.PathOf(runtime)];
        stack.Podman([.. podman, "pod", "create", "--name", "made", "--network", "none", "--infra-image", PodmanFixture.Image, "--infra-command", "sleep 1000"]).MustSucceed();
        stack.Podman([.. podman, "run", "--detach", "--pod", "made", PodmanFixture.Image, "sleep", "1000"]).MustSucceed();
        Assert.Contains("made", stack.Podman("pod", "stats", "--no-stream", "made").MustSucceed().Stdout + stack.Podman("pod", "ps").Stdout, StringComparison.Ordinal);
        stack.Podman("pod", "rm", "--force", "--time", "0", "made").MustSucceed();
        stack.Podman([.. podman, "play", "kube", file]).MustSucceed();
        Assert.Equal("67108864", stack.Podman("exec", "played-one", "cat", "/sys/fs/cgroup/memory.max").MustSucceed().Text);
        stack.Podman([.. podman, "play", "kube", "--down", file]).MustSucceed();
        Assert.Equal("", stack.Podman("ps", "--all", "--quiet", "--filter", "pod=played").MustSucceed().Text);
    }

    private int Count(string id, int above)
    {
        int count = 0;
        Eventually.True(
            () => int.TryParse(stack.Podman("exec", id, "cat", "/count").Text, System.Globalization.CultureInfo.InvariantCulture, out count) && count > above,
            Place.Deadline(6),
            () => $"{id} does not count above {above}: {stack.Podman("logs", id).Stderr}",
            200);
        return count;
    }
}
