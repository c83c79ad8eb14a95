using System.Globalization;
using Integration.Tests.Harness;

namespace Integration.Tests.Exec;

/// <summary>A further process in a running container, by the words of the command line.</summary>
public sealed class ExecTests(ExecFixture container) : IClassFixture<ExecFixture>
{
    [Fact]
    public void The_process_is_in_every_namespace_the_root_and_the_cgroup_of_the_container()
    {
        const string Namespaces = "pwd; cd /proc/1/ns; for n in cgroup ipc mnt net pid uts; do test $(readlink $n) = $(readlink /proc/self/ns/$n) || echo other $n; done; ";
        CommandResult result = container.Script(Namespaces + "cmp /proc/1/cgroup /proc/self/cgroup && hostname && ls -d /proc/1/root/bin && echo $OF_THE_CONTAINER");
        Assert.Equal(["/", "guest", "/proc/1/root/bin", "1"], result.MustSucceed().Lines);
    }

    [Fact]
    public void Neither_a_descriptor_nor_the_working_directory_of_the_host_reaches_it()
    {
        string command = $"exec 3</etc 7</etc/hostname; cd /etc; exec {Cctl.Executable} --root {container.Cctl.StateRoot} exec {container.Id} sh -c 'ls /proc/self/fd; readlink /proc/self/cwd'";
        // ls has its own 3 for the directory it lists.
        Assert.Equal(["0", "1", "2", "3", "/"], Command.Run("sh", "-c", command).MustSucceed().Lines);
        Assert.Equal("2", Command.Run("sh", "-c", $"exec 3</etc 4</etc/hostname 5</etc; exec {Cctl.Executable} --root {container.Cctl.StateRoot} exec --preserve-fds 2 {container.Id} sh -c 'test -d /proc/self/fd/3 && test -f /proc/self/fd/4 && ls -d /proc/self/fd/[345] | wc -l'").MustSucceed().Text);
    }

    [Theory]
    [InlineData("guest", "1000 1000 1000 2000")]
    [InlineData("1000", "1000 1000 1000 2000")]
    [InlineData("guest:extra", "1000 2000 2000")]
    [InlineData("5:6", "5 6 6")]
    [InlineData("7", "7 0 0")]
    public void The_user_is_found_in_the_containers_own_lists(string user, string expected) =>
        Assert.Equal(expected, container.Script("echo $(id -u) $(id -g) $(id -G)", "--user", user).MustSucceed().Text);

    [Theory]
    [InlineData("nobody-here", "the guest's /etc/passwd has no user \"nobody-here\"")]
    [InlineData("guest:no-group", "the guest's /etc/group has no group \"no-group\"")]
    [InlineData("4294967296", "not an id")]
    [InlineData("4294967295", "not an id")]
    [InlineData("-1", "not an id")]
    [InlineData("guest:", "it is USER or USER:GROUP")]
    public void A_user_that_is_none_is_refused_with_status_255(string user, string expected) =>
        Assert.Contains(expected, container.Exec("--user=" + user, container.Id, "true").MustExit(255).Stderr, StringComparison.Ordinal);

    [Fact]
    public void Options_change_what_the_process_gets()
    {
        CommandResult result = container.Script(
            "pwd; echo $A$B; echo $(id -G); grep -E 'CapEff|CapBnd|CapInh|NoNewPrivs' /proc/self/status",
            "--cwd", "/tmp", "--env", "A=1", "-e", "B=2", "--additional-gids", "77", "-g", "78", "--cap", "CAP_SYS_TIME", "--no-new-privs");
        // The container's three, and CAP_SYS_TIME (25); nothing is ever inheritable.
        Assert.Equal(["/tmp", "12", "0 77 78", "CapInh:\t0000000000000000", "CapEff:\t0000000022000420", "CapBnd:\t0000000022000420", "NoNewPrivs:\t1"], result.MustSucceed().Lines);
    }

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 42", 42)]
    [InlineData("exit 255", 255)]
    [InlineData("kill -KILL $$", 137)]
    [InlineData("kill -TERM $$", 143)]
    public void The_exit_status_is_that_of_the_process(string script, int expected) => container.Script(script).MustExit(expected);

    [Theory]
    [InlineData("nonexistent", "executable file not found in $PATH")]
    [InlineData("/bin/nonexistent", "no such file or directory")]
    [InlineData("/etc", "permission denied")]
    public void What_cannot_be_executed_has_status_255_and_the_words_that_callers_look_for(string command, string expected) =>
        Assert.Contains(expected, container.Exec(container.Id, command).MustExit(255).Stderr, StringComparison.Ordinal);

    [Fact]
    public void A_container_that_is_not_there_or_has_ended_is_told_in_the_words_of_runc()
    {
        Assert.Contains("does not exist", container.Exec("no-such-container", "true").MustExit(255).Stderr, StringComparison.Ordinal);
        using var cctl = new Cctl();
        using var bundle = new Bundle("/bin/true");
        string id = Cctl.NewId();
        cctl.Run("run", "--keep", "--bundle", bundle.Path, id).MustSucceed();
        Assert.Contains("container not running", cctl.Run("exec", id, "true").MustExit(255).Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void Detached_it_returns_at_once_with_the_pid_in_the_file()
    {
        string pidFile = container["pid"];
        container.Exec("--detach", "--pid-file", pidFile, container.Id, "sh", "-c", "echo $$ >/tmp/inside; exec sleep 1000").MustSucceed();
        int pid = int.Parse(File.ReadAllText(pidFile), NumberStyles.None, CultureInfo.InvariantCulture);
        Eventually.True(() => File.ReadAllText($"/proc/{pid}/cmdline").StartsWith("sleep", StringComparison.Ordinal), Place.Deadline(5), () => "it does not run");
        Assert.Equal(container.Script("cat /tmp/inside").MustSucceed().Text, File.ReadLines($"/proc/{pid}/status").First(l => l.StartsWith("NSpid:", StringComparison.Ordinal)).Split('\t')[^1]);
        Command.Run("kill", "-KILL", pid.ToString(CultureInfo.InvariantCulture)).MustSucceed();
    }

    [Fact]
    public void A_container_that_was_created_and_not_started_can_be_entered()
    {
        using var cctl = new Cctl();
        using var bundle = new Bundle("/bin/sleep", "1000");
        string id = Cctl.NewId();
        Command.Run("sh", "-c", $"{Cctl.Executable} --root {cctl.StateRoot} create --bundle {bundle.Path} {id} </dev/null >/dev/null 2>&1").MustSucceed();
        Assert.Equal("guest", cctl.Run("exec", id, "hostname").MustSucceed().Text);
    }
}
