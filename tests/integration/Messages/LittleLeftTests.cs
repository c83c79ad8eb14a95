using System.Globalization;
using Integration.Tests.Harness;

namespace Integration.Tests.Messages;

/// <summary>Little of something is left: descriptors, address space, room on a disk. One line, and nothing stays behind.</summary>
[HostOnly]
public sealed class LittleLeftTests
{
    [Theory]
    [InlineData("run")]
    [InlineData("create")]
    public void Few_descriptors_are_told_as_the_limit_of_open_files(string command)
    {
        using var cctl = new Cctl();
        using Bundle bundle = new Bundle("/bin/true").With(c => c.Process!.Rlimits = null);
        for (int limit = 4; limit <= 20; limit++)
        {
            string id = Cctl.NewId();
            CommandResult result = Limited(limit, "--root", cctl.StateRoot, command, "--bundle", bundle.Path, id);
            if (result.ExitCode == 0)
            {
                Assert.True(limit > 15);
                cctl.Run("delete", "--force", id).MustSucceed();
                continue;
            }

            Mistake.IsAnswered("limit of open files", result);
            Assert.Contains("ulimit -n", result.Stderr, StringComparison.Ordinal);
            Leftovers.AssertNone(cctl.StateRoot, id, bundle.Path, $"{command} with {limit} descriptors");
        }
    }

    [Fact]
    public void Few_descriptors_for_exec_are_told_with_its_exit_status()
    {
        using var cctl = new Cctl();
        using Bundle bundle = new Bundle("/bin/sleep", "1000").With(c => c.Process!.Rlimits = null);
        string id = Cctl.NewId();
        cctl.Run("run", "--detach", "--bundle", bundle.Path, id).MustSucceed();
        for (int limit = 4; limit <= 20; limit++)
        {
            CommandResult result = Limited(limit, "--root", cctl.StateRoot, "exec", id, "true");
            if (result.ExitCode != 0)
            {
                Mistake.IsAnswered("limit of open files", result.MustExit(255));
            }
        }
    }

    /// <summary>What cannot be read is no container that has ended, and none that is not there.</summary>
    [Fact]
    public void Few_descriptors_never_make_a_running_container_an_ended_one()
    {
        using var cctl = new Cctl();
        using var bundle = new Bundle("/bin/sleep", "1000");
        string id = Cctl.NewId();
        cctl.Run("run", "--detach", "--bundle", bundle.Path, id).MustSucceed();
        string pid = cctl.PidOf(id).ToString(CultureInfo.InvariantCulture);
        (string[] Words, string Truth)[] commands =
        [
            (["kill", id, "0"], string.Empty), (["kill", "--all", id, "0"], string.Empty), (["state", id], "\"running\""), (["list"], "running"), (["list", "--format", "json"], pid),
            (["list", "--quiet"], id), (["ps", id], pid), (["ps", "--format", "json", id], pid), (["pause", id], string.Empty), (["resume", id], string.Empty), (["stats", "--no-stream", id], "running"),
        ];
        for (int limit = 4; limit <= 20; limit++)
        {
            foreach ((string[] words, string truth) in commands)
            {
                CommandResult result = Limited(limit, ["--root", cctl.StateRoot, .. words]);
                if (result.ExitCode == 0)
                {
                    Assert.Contains(truth, result.Stdout, StringComparison.Ordinal);
                }
                else if (words[0] != "resume" || !result.Stderr.Contains("that is running", StringComparison.Ordinal))
                {
                    Mistake.IsAnswered($"the limit of open files is {limit}: raise it (ulimit -n)", result);
                    Assert.DoesNotContain("--root", result.Stderr, StringComparison.Ordinal);
                }
            }

            Assert.Matches("is running|limit of open files", Limited(limit, "--root", cctl.StateRoot, "delete", id).MustExit(1).Stderr);
        }

        Assert.Contains(id, cctl.Run("list", "--quiet").Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public void A_start_that_fails_for_few_descriptors_has_started_nothing()
    {
        using var cctl = new Cctl();
        using var bundle = new Bundle("/bin/sleep", "1000");
        string id = Cctl.NewId();
        cctl.Run("create", "--bundle", bundle.Path, id).MustSucceed();
        CommandResult result;
        for (int limit = 4; (result = Limited(limit, "--root", cctl.StateRoot, "start", id)).ExitCode != 0; limit++)
        {
            Mistake.IsAnswered($"the limit of open files is {limit}: raise it (ulimit -n)", result);
            Assert.Contains("\"created\"", cctl.Run("state", id).MustSucceed().Stdout, StringComparison.Ordinal);
        }

        Assert.Contains("\"running\"", cctl.Run("state", id).MustSucceed().Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public void Few_descriptors_give_update_no_other_reason()
    {
        using var cctl = new Cctl();
        using var bundle = new Bundle("/bin/sleep", "1000");
        string id = Cctl.NewId();
        cctl.Run("run", "--detach", "--bundle", bundle.Path, id).MustSucceed();
        string truth = cctl.Run("update", "--pids-limit", "50", id).Stderr;
        for (int limit = 4; limit <= 20; limit++)
        {
            CommandResult result = Limited(limit, "--root", cctl.StateRoot, "update", "--pids-limit", "50", id);
            if (result.Stderr != truth)
            {
                Mistake.IsAnswered($"the limit of open files is {limit}: raise it (ulimit -n)", result);
            }
        }
    }

    [Fact]
    public void Few_descriptors_never_let_delete_forget_what_runs()
    {
        using var cctl = new Cctl();
        using var bundle = new Bundle("/bin/sleep", "1000");
        string id = Cctl.NewId();
        cctl.Run("run", "--detach", "--bundle", bundle.Path, id).MustSucceed();
        for (int limit = 4; Directory.Exists($"{cctl.StateRoot}/{id}"); limit++)
        {
            CommandResult result = Limited(limit, "--root", cctl.StateRoot, "delete", "--force", id);
            Assert.Equal(result.ExitCode == 0, !Directory.Exists($"{cctl.StateRoot}/{id}"));
        }

        Leftovers.AssertNone(cctl.StateRoot, id, bundle.Path, "delete with few descriptors");
    }

    [Fact]
    public void A_host_without_dev_urandom_can_run_containers()
    {
        using var cctl = new Cctl();
        using var bundle = new Bundle("/bin/echo", "ran");
        CommandResult result = Command.Run("unshare", "--mount", "sh", "-c", $"mount -t tmpfs none /dev && mknod -m 666 /dev/null c 1 3 && exec {Cctl.Executable} --root {cctl.StateRoot} run --bundle {bundle.Path} {Cctl.NewId()}");
        Assert.Equal("ran\n", result.MustSucceed().Stdout);
        result = Command.Run("unshare", "--mount", "sh", "-c", $"mount -t tmpfs none /dev; exec {Cctl.Executable} --root {cctl.StateRoot} run --bundle {bundle.Path} {Cctl.NewId()} <{bundle["config.json"]}");
        Assert.DoesNotContain("internal error", result.Stderr, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(cctl.StateRoot));
    }

    [Theory]
    [InlineData(20_000)]
    [InlineData(45_000)]
    [InlineData(50_000)]
    [InlineData(90_000)]
    public void Little_address_space_is_told_before_it_kills(int kibibytes)
    {
        using var cctl = new Cctl();
        CommandResult result = Command.Run("bash", "-c", $"ulimit -v {kibibytes}; exec {Cctl.Executable} --root {cctl.StateRoot} list");
        Mistake.IsAnswered("the limit of address space (ulimit -v) is below 96 MiB", result.MustExit(1));
    }

    [Fact]
    public void A_disk_that_is_full_is_named_and_nothing_is_left()
    {
        using var directory = new TempDir();
        using var bundle = new Bundle("/bin/true");
        string id = Cctl.NewId();
        string script = $"mount -t tmpfs -o size=64k,nr_inodes=40,mode=700 none {directory.Path} && dd if=/dev/zero of={directory.Path}/fill bs=4k 2>/dev/null; {Cctl.Executable} --root {directory.Path} run --bundle {bundle.Path} {id}; s=$?; ls {directory.Path} >&2; exit $s";
        CommandResult result = Command.Run("unshare", "--mount", "bash", "-c", script).MustExit(1);
        string[] lines = result.Stderr.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("fill", lines[^1]);
        Assert.Contains($"write {directory.Path}/{id}/", lines[^2], StringComparison.Ordinal);
        Assert.Contains("ENOSPC: no space left on device: make room there, or choose another state root with --root", lines[^2], StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_or_closed_output_is_named()
    {
        using var cctl = new Cctl();
        string list = $"{Cctl.Executable} --root {cctl.StateRoot} list";
        Mistake.IsAnswered("standard output: ENOSPC: no space left on device: make room where it leads", Command.Run("bash", "-c", list + " >/dev/full"));
        Mistake.IsAnswered("standard output: EBADF: bad file descriptor: it is closed", Command.Run("bash", "-c", list + " >&-"));
    }

    [Fact]
    public void Spec_writes_all_or_nothing()
    {
        using var directory = new TempDir();
        string script = $"mount -t tmpfs -o size=200k none {directory.Path} && {Cctl.Executable} spec --rootfs --bundle {directory.Path}; s=$?; ls -A {directory.Path} >&2; exit $s";
        CommandResult full = Command.Run("unshare", "--mount", "bash", "-c", script).MustExit(1);
        Assert.Equal($"cctl: unpack {directory.Path}/rootfs: ENOSPC: no space left on device: nothing of it is left\n", full.Stderr);

        Directory.CreateDirectory(directory["rootfs"]);
        Mistake.IsAnswered($"{directory.Path}/rootfs: it is there already", Command.Run(Cctl.Executable, "spec", "--rootfs", "--bundle", directory.Path));
        Assert.Equal([directory["rootfs"]], Directory.GetFileSystemEntries(directory.Path));
        Mistake.IsAnswered("ENOENT: no such file or directory: make the directory first", Command.Run(Cctl.Executable, "spec", "--bundle", directory["missing"]));
    }

    private static CommandResult Limited(int descriptors, params string[] arguments) =>
        Command.Run("prlimit", [$"--nofile={descriptors}", Cctl.Executable, .. arguments]);
}
