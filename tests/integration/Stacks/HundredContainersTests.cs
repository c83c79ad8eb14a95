using System.Globalization;
using Integration.Tests.Harness;
using Runtime.Cgroups;

namespace Integration.Tests.Stacks;

/// <summary>
/// 100 containers at once through containerd, natively: its shims take minutes of an emulated processor. This containerd
/// has directories and a mount namespace of its own, with the cgroup v2 alone, and without an image: bench/containers measures the same.
/// </summary>
[HostOnly]
[Collection(nameof(LoadsTheMachine))]
public sealed class HundredContainersTests : IDisposable
{
    private const int Count = 100;

    // What containerd and its shims make in /run/containerd whatever the configuration says stays in the namespace.
    private const string Private = "mkdir -p /run/containerd && mount -t tmpfs none /run/containerd && mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec \"$@\"";
    private readonly TempDir _directory = new();
    private readonly Bundle _bundle = new("/bin/sleep", "1000");
    private readonly string _prefix = Cctl.NewId();
    private readonly bool _ownMountPoint = !Directory.Exists("/run/containerd");
    private readonly Daemon _daemon;

    public HundredContainersTests()
    {
        string config = _directory.WriteFile("config.toml", $"""
            version = 2
            root = "{_directory["root"]}"
            state = "{_directory["state"]}"
            disabled_plugins = ["io.containerd.grpc.v1.cri"]
            [grpc]
              address = "{_directory["sock"]}"
            [plugins."io.containerd.internal.v1.opt"]
              path = "{_directory["opt"]}"
            """);
        _bundle.With(c => c.Root!.Path = _bundle.Rootfs);
        try
        {
            _daemon = new Daemon(
                _directory["log"], _directory["sock"], () => Ctr("version").ExitCode == 0,
                "unshare", "--mount", "--propagation", "private", "sh", "-c", Private, "sh", "containerd", "--config", config);
        }
        catch (Exception)
        {
            RemoveDirectories();
            throw;
        }
    }

    [Theory]
    [MemberData(nameof(Runtimes.EachButCrun), MemberType = typeof(Runtimes))]
    public void A_hundred_containers_are_started_at_once_run_and_are_deleted_without_a_trace(string runtime)
    {
        string[] ids = [.. Enumerable.Range(0, Count).Select(n => string.Create(CultureInfo.InvariantCulture, $"{_prefix}-{n}"))];
        AtOnce($"ctr run --detach --null-io --runc-binary {Runtimes.PathOf(runtime)} --runc-root {_directory["runc"]} --config {_bundle["config.json"]} $id");
        string[] tasks = Ctr("task", "list").MustSucceed().Lines[1..];
        Assert.Equal(ids.Order(), tasks.Where(t => t.EndsWith("RUNNING", StringComparison.Ordinal)).Select(t => t.Split(' ')[0]).Order());
        Assert.Equal(Count, tasks.Select(t => t.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]).Distinct().Count(pid => File.ReadAllText($"/proc/{pid}/comm") == "sleep\n"));
        Assert.Equal(Count, Leftovers.Cgroups(_prefix).Length);

        AtOnce("ctr task delete --force $id && ctr container delete $id");
        Assert.Equal("", Ctr("task", "list", "--quiet").MustSucceed().Text + Ctr("container", "list", "--quiet").MustSucceed().Text);
        Assert.Empty(Leftovers.Cgroups(_prefix));
        Assert.Empty(Directory.GetFileSystemEntries(_directory["runc/default"]));
        Assert.Empty(Directory.GetFileSystemEntries(_directory["state/io.containerd.runtime.v2.task/default"]));
        string proc = string.Create(CultureInfo.InvariantCulture, $"/proc/{_daemon.Pid}");
        Assert.DoesNotContain(_prefix, File.ReadAllText(proc + "/mountinfo"), StringComparison.Ordinal);

        // A shim answers the deletion, and ends after that.
        Eventually.True(() => Leftovers.Processes(_prefix).Count == 0, Place.Deadline(10), () => $"left: {string.Join(' ', Leftovers.Processes(_prefix))}");
        Assert.Empty(Directory.GetFileSystemEntries(proc + "/root/run/containerd/s"));
    }

    public void Dispose()
    {
        _daemon.Dispose();

        // All that a failed test left: shims by their command line, guests by their cgroups.
        foreach (int pid in Leftovers.Processes(_directory.Path))
        {
            Mono.Unix.Native.Syscall.kill(pid, Mono.Unix.Native.Signum.SIGKILL);
        }

        foreach (string cgroup in Leftovers.Cgroups(_prefix))
        {
            File.WriteAllText(cgroup + "/cgroup.kill", "1");
            Cgroup.Remove(cgroup, 5000);
        }

        RemoveDirectories();
    }

    private CommandResult Ctr(params string[] words) => Command.Run("ctr", ["--address", _directory["sock"], .. words]);

    // A shell starts all of them and waits for each.
    private void AtOnce(string command) => new Command(
        "bash", "-c", $"for n in {{0..{Count - 1}}}; do id={_prefix}-$n; {{ {command} >/dev/null || touch {_directory["failed"]}; }} & done; wait; ! test -e {_directory["failed"]}")
    {
        Timeout = Place.Deadline(60),
        Environment = { ["CONTAINERD_ADDRESS"] = _directory["sock"] },
    }.Run().MustSucceed();

    private void RemoveDirectories()
    {
        _bundle.Dispose();
        _directory.Dispose();
        if (_ownMountPoint && Directory.Exists("/run/containerd") && !Directory.EnumerateFileSystemEntries("/run/containerd").Any())
        {
            Directory.Delete("/run/containerd");
        }
    }
}

/// <summary>The tests that other tests' deadlines must not stand beside.</summary>
[CollectionDefinition(nameof(LoadsTheMachine), DisableParallelization = true)]
public sealed class LoadsTheMachine;
