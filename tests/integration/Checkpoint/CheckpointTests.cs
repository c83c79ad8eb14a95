using System.Net.Sockets;
using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Checkpoint;

/// <summary>Guests that are written to files and made again, by criu.</summary>
[VmOnly]
public sealed class CheckpointTests
{
    [Fact]
    public void A_guest_goes_on_where_it_was_with_its_files_its_limits_and_a_true_state()
    {
        using var source = new TempDir();
        source.WriteFile("hello", "from the host");
        // Beside it a process that has ended, and that nobody waits for.
        using CheckpointFixture test = new CheckpointFixture(Bundle.Script("(true & exec sleep 1000) & " + CheckpointFixture.Counter).With(c =>
        {
            c.Mounts!.Add(new() { Destination = "/data", Type = "bind", Source = source.Path, Options = ["rbind", "ro"] });
            c.Linux!.Resources = new() { Pids = new() { Limit = 50 } };
        })).Start();
        test.WaitForCount(3);
        test.Checkpoint("images").MustSucceed();
        Assert.Equal("", test.State("status"));
        Leftovers.AssertNone(test.Cctl.StateRoot, test.Id, test.Bundle.Path, "after the checkpoint");

        int before = test.Count().Length;
        test.Restore("images", $"--pid-file {test.Folder["pid"]}").MustSucceed();
        test.WaitForCount(3);
        int[] after = test.Count();
        Assert.Equal(Enumerable.Range(1, after.Length), after);
        Assert.True(after.Length > before);
        string pid = File.ReadAllText(test.Folder["pid"]);
        Assert.Equal((pid, "running"), (test.State("pid"), test.State("status")));
        Assert.Contains(test.Id, File.ReadAllText($"/proc/{pid}/cgroup"), StringComparison.Ordinal);
        Assert.Contains("NoNewPrivs:\t1", File.ReadAllText($"/proc/{pid}/status"), StringComparison.Ordinal);
        Assert.Equal("50", File.ReadAllText($"{Leftovers.Cgroups(test.Id).Single()}/pids.max").Trim());
        CommandResult inside = test.Cctl.Run("exec", test.Id, "/bin/sh", "-c", "cat /data/hello; hostname; cat /proc/self/cgroup; touch /data/x 2>/dev/null || echo ro").MustSucceed();
        Assert.Equal(["from the hostguest", "0::/", "ro"], inside.Lines);

        test.Cctl.Run("delete", "--force", test.Id).MustSucceed();
        Leftovers.AssertNone(test.Cctl.StateRoot, test.Id, test.Bundle.Path, "after the end");

        // What the machine cannot give is said, as by a creation.
        test.Bundle.With(c => c.Linux!.IntelRdt = new());
        Assert.Contains("/linux/intelRdt: no resctrl is mounted on this host", test.Restore("images").MustExit(1).Stderr, StringComparison.Ordinal);
        Leftovers.AssertNone(test.Cctl.StateRoot, test.Id, test.Bundle.Path, "after the refusal");
    }

    [Fact]
    public void A_chain_of_pre_dumps_leaves_the_guest_running_and_restores()
    {
        using CheckpointFixture test = new CheckpointFixture(Bundle.Script(CheckpointFixture.Counter)).Start();
        test.WaitForCount(2);
        test.Checkpoint("1", "--pre-dump").MustSucceed();
        test.WaitForCount(1);
        test.Checkpoint("2", "--pre-dump --parent-path ../1").MustSucceed();
        Assert.Contains("--parent-path /x: it must be relative", test.Checkpoint("3", "--parent-path /x").MustExit(1).Stderr, StringComparison.Ordinal);
        test.Checkpoint("3", "--parent-path ../2 --leave-running").MustSucceed();
        int dumped = test.Count().Length;
        test.WaitForCount(3);
        Assert.Equal("running", test.State("status"));
        test.Cctl.Run("delete", "--force", test.Id).MustSucceed();

        File.WriteAllLines(test.Bundle["rootfs/count"], test.Count().Take(dumped).Select(n => n.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        test.Restore("3").MustSucceed();
        test.WaitForCount(2);
    }

    [Fact]
    public void A_connection_from_outside_survives_with_tcp_established_and_without_it_criu_says_why_not()
    {
        const int Port = 4755;
        using CheckpointFixture test = new CheckpointFixture(Bundle.Script($"nc -l -p {Port} -e /bin/cat; true").With(c =>
            c.Linux!.Namespaces!.RemoveAll(n => n.Type == "network"))).Start();
        using var client = new TcpClient();
        Eventually.True(() => Connects(client, Port), Place.Deadline(5), () => "nobody listens");
        Assert.Equal("one", Echo(client, "one"));

        CommandResult refused = test.Checkpoint("images").MustExit(1);
        Assert.Matches("^cctl: checkpoint container \"[^\"]+\": criu: .*tcp-established.*: the whole log is [^\n]+/dump.log\n$", refused.Stderr);
        Assert.Equal("two", Echo(client, "two"));
        test.Checkpoint("images", "--tcp-established").MustSucceed();
        test.Restore("images", "--tcp-established").MustSucceed();
        Assert.Equal("three", Echo(client, "three"));
    }

    [Fact]
    public void A_guest_with_a_terminal_has_a_new_one_after_restore()
    {
        using CheckpointFixture test = new(Bundle.Script("i=0; while :; do i=$((i+1)); echo line $i; sleep 0.1; done").With(c => c.Process!.Terminal = true));
        string common = $"'{Cctl.Executable}' --root '{test.Cctl.StateRoot}'";
        using (RunningCommand first = OnTerminal($"{common} run --bundle {test.Bundle.Path} {test.Id}").Start())
        {
            first.WaitForOutput("line 3", Place.Deadline(10));
            test.Checkpoint("images", "--shell-job").MustSucceed();
            first.Wait(Place.Deadline(10)).MustExit(137);
        }

        using RunningCommand second = OnTerminal($"{common} restore --shell-job --bundle {test.Bundle.Path} --image-path {test.Folder["images"]} {test.Id}; echo status=$?").Start();
        second.WaitForOutput("line ", Place.Deadline(20));
        Assert.DoesNotContain("line 1\r", second.Stdout, StringComparison.Ordinal);
        test.Cctl.Run("kill", test.Id, "KILL").MustSucceed();
        second.WaitForOutput("status=137", Place.Deadline(10));
        Leftovers.AssertNone(test.Cctl.StateRoot, test.Id, test.Bundle.Path, "after the end");
    }

    [Fact]
    public void Memory_goes_to_a_page_server()
    {
        const string Port = "4756";
        using CheckpointFixture test = new CheckpointFixture(Bundle.Script(CheckpointFixture.Counter)).Start();
        test.WaitForCount(2);
        Directory.CreateDirectory(test.Folder["pages"]);
        using RunningCommand server = new Command("/usr/sbin/criu", "page-server", "--images-dir", test.Folder["pages"], "--address", "127.0.0.1", "--port", Port).Start();
        Eventually.True(() => File.ReadAllText("/proc/net/tcp").Contains(":1294 ", StringComparison.Ordinal), Place.Deadline(5), () => "no page server: " + server.Stderr);
        test.Checkpoint("images", $"--page-server 127.0.0.1:{Port}").MustSucceed();
        server.Wait(Place.Deadline(10)).MustSucceed();
        Assert.Empty(Directory.GetFiles(test.Folder["images"], "pages-*.img"));
        foreach (string file in Directory.GetFiles(test.Folder["pages"], "page*.img"))
        {
            File.Copy(file, Path.Combine(test.Folder["images"], Path.GetFileName(file)));
        }

        test.Restore("images").MustSucceed();
        test.WaitForCount(2);
    }

    private static Command OnTerminal(string shellCommand) => new("/usr/bin/script", "-qec", shellCommand, "/dev/null");

    private static bool Connects(TcpClient client, int port)
    {
        try
        {
            client.Connect("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static string Echo(TcpClient client, string text)
    {
        client.ReceiveTimeout = (int)Place.Deadline(10).TotalMilliseconds;
        client.GetStream().Write(System.Text.Encoding.ASCII.GetBytes(text));
        byte[] answer = new byte[text.Length];
        client.GetStream().ReadExactly(answer);
        return System.Text.Encoding.ASCII.GetString(answer);
    }
}
