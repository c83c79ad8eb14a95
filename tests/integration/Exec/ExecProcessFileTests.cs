using System.Net.Sockets;
using Integration.Tests.Harness;

namespace Integration.Tests.Exec;

/// <summary>A further process as callers describe it: a process file, terminals, security labels, cgroups.</summary>
public sealed class ExecProcessFileTests(ExecFixture container) : IClassFixture<ExecFixture>
{
    [Fact]
    public void The_file_says_all_of_the_process()
    {
        string file = container.ProcessFile(
            "id -u; id -g; id -G; umask; pwd; env | sort | grep -v -e HOME -e PWD -e SHLVL; ulimit -n; cat /proc/self/oom_score_adj; grep -E 'CapEff|CapBnd|CapAmb|NoNewPrivs' /proc/self/status",
            ""","user":{"uid":5,"gid":6,"umask":63,"additionalGids":[9]},"cwd":"/tmp","env":["PATH=/bin","A=b"],"rlimits":[{"type":"RLIMIT_NOFILE","soft":33,"hard":44}],"oomScoreAdj":400,"noNewPrivileges":true,"capabilities":{"bounding":["CAP_KILL"],"permitted":["CAP_KILL"],"effective":["CAP_KILL"],"inheritable":["CAP_KILL"],"ambient":["CAP_KILL"]}""");
        Assert.Equal(
            [
                "5", "6", "6 9", "0077", "/tmp", "A=b", "PATH=/bin", "33", "400",
                "CapEff:\t0000000000000020", "CapBnd:\t0000000000000020", "CapAmb:\t0000000000000020", "NoNewPrivs:\t1",
            ],
            container.Exec("--process", file, container.Id).MustSucceed().Lines);
    }

    [Theory]
    [InlineData("""{"args":[],"cwd":"/"}""", "/args")]
    [InlineData("""{"args":["true"],"cwd":"relative"}""", "/cwd")]
    [InlineData("""{"args":["true"],"cwd":"/","rlimits":[{"type":"RLIMIT_NOTHING","soft":1,"hard":1}]}""", "/rlimits/0/type")]
    [InlineData("nonsense", "")]
    public void A_file_that_is_wrong_is_refused_with_status_255_and_the_place(string text, string place) =>
        Assert.Contains(place, container.Exec("--process", container.Write("wrong.json", text), container.Id).MustExit(255).Stderr, StringComparison.Ordinal);

    [Fact]
    public void Callers_words_are_taken_with_one_dash_and_in_any_order_before_the_id()
    {
        string file = container.ProcessFile("echo as-containerd-sends-it");
        string log = container["log.json"];
        CommandResult result = Command.Run(
            Cctl.Executable, "--root", container.Cctl.StateRoot, "--log", log, "--log-format", "json", "exec", "--process", file, "-detach=false", "-pid-file", container["pid1"], container.Id);
        Assert.Equal("as-containerd-sends-it", result.MustSucceed().Text);
        Assert.NotEmpty(File.ReadAllText(container["pid1"]));
        Command.Run(Cctl.Executable, "--root", container.Cctl.StateRoot, "--log", log, "--log-format", "json", "exec", "--process", container.Write("none.json", """{"args":["nope"],"cwd":"/"}"""), container.Id).MustExit(255);
        Assert.Matches("""^\{"level":"error","msg":".*executable file not found in \$PATH.*","time":".*"\}$""", File.ReadLines(log).Last());
    }

    [Fact]
    public void A_terminal_is_one_of_the_containers_own()
    {
        string command = $"stty rows 33 cols 99; {Cctl.Executable} --root {container.Cctl.StateRoot} exec --tty {container.Id} sh -c 'tty; stty size; exit 6'";
        CommandResult result = new Command("script", "-qec", command, "/dev/null").Run();
        Assert.Contains("/dev/pts/0\r\n", result.MustExit(6).Stdout, StringComparison.Ordinal);
        Assert.Contains("33 99\r\n", result.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public void A_terminals_master_goes_to_the_console_socket_when_detached()
    {
        string path = container["console.sock"];
        using var server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        server.Bind(new UnixDomainSocketEndPoint(path));
        server.Listen(1);
        string file = container.ProcessFile("exec sleep 1000", ""","cwd":"/","env":["PATH=/bin"],"terminal":true""");
        string pidFile = container["pid2"];
        container.Exec("--detach", "--console-socket", path, "--pid-file", pidFile, "--process", file, container.Id).MustSucceed();
        using Socket connection = server.Accept();
        string pid = File.ReadAllText(pidFile);
        Assert.StartsWith("/dev/pts/", Command.Run("readlink", $"/proc/{pid}/fd/0").MustSucceed().Text, StringComparison.Ordinal);
        Command.Run("kill", "-KILL", pid).MustSucceed();
        // Last: what reads the name alone drops the master that comes with it, and that hangs the terminal up.
        byte[] name = new byte[64];
        Assert.Equal("/dev/ptmx", System.Text.Encoding.ASCII.GetString(name, 0, connection.Receive(name)));
    }

    [Fact]
    [VmOnly]
    public void A_cgroup_below_the_containers_can_be_named_and_none_beside_it()
    {
        string own = Leftovers.Cgroups(container.Id).Single();
        Directory.CreateDirectory(Path.Combine(own, "below"));
        Assert.EndsWith($"/below", File.ReadAllText($"/proc/{Detached("--cgroup", "below")}/cgroup").TrimEnd(), StringComparison.Ordinal);
        Assert.Contains("--cgroup ../..", container.Exec("--cgroup", "../..", container.Id, "true").MustExit(255).Stderr, StringComparison.Ordinal);
        Assert.Contains("--cgroup nothing", container.Exec("--cgroup", "nothing", container.Id, "true").MustExit(255).Stderr, StringComparison.Ordinal);
    }

    [Fact]
    [VmOnly]
    public void The_apparmor_profile_is_the_one_of_the_option()
    {
        string name = "cctl-exec-" + Guid.NewGuid().ToString("N")[..8];
        string file = container.Write(name, $"profile {name} {{\n  file,\n  capability,\n  deny /etc/passwd r,\n}}\n");
        Command.Run("apparmor_parser", "--replace", file).MustSucceed();
        try
        {
            Assert.Equal([name + " (enforce)", "refused"], container.Script("cat /proc/self/attr/current; cat /etc/passwd 2>/dev/null || echo refused", "--apparmor", name).MustSucceed().Lines);
            Assert.Contains("/apparmorProfile", container.Script("true", "--apparmor", "no-such-profile").MustExit(255).Stderr, StringComparison.Ordinal);
        }
        finally
        {
            Command.Run("apparmor_parser", "--remove", file);
        }
    }

    private string Detached(params string[] options)
    {
        string pidFile = container[$"pid-{Guid.NewGuid():N}"];
        container.Exec(["--detach", "--pid-file", pidFile, .. options, container.Id, "sleep", "1000"]).MustSucceed();
        return File.ReadAllText(pidFile);
    }
}
