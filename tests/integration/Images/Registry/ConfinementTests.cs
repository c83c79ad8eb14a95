using System.Globalization;
using System.Net;
using System.Net.Sockets;
using CctlImages.Network;
using Integration.Tests.Harness;
using Runtime.Images;
using Runtime.Images.References;
using Runtime.Linux;

namespace Integration.Tests.Images.Registry;

/// <summary>What the network process has of this machine: nothing.</summary>
[HostOnly]
public sealed class ConfinementTests : IDisposable
{
    private readonly TcpListener _silent = new(IPAddress.Loopback, 0);
    private readonly NetworkProcess _network;

    // A request under way, to a server that never answers: the process is as it is when it works.
    private readonly Task _request;

    public ConfinementTests()
    {
        _silent.Start();
        _network = NetworkProcess.Start(Network.Settings(options: new() { IdleTimeout = TimeSpan.FromMinutes(5) }));
        _request = Task.Run(() => Assert.Throws<ImageException>(() => _network.GetManifest(ImageReference.Parse(string.Create(CultureInfo.InvariantCulture, $"localhost:{((IPEndPoint)_silent.LocalEndpoint).Port}/a:1")), "1")));
        Eventually.True(() => _silent.Pending() || _request.IsCompleted, Place.Deadline(10), () => "nothing connects");
    }

    private string Proc => string.Create(CultureInfo.InvariantCulture, $"/proc/{_network.Pid}");

    [Fact]
    public void Every_thread_is_nobodys_without_capabilities_and_filtered()
    {
        string[] threads = Directory.GetDirectories(Proc + "/task");
        Assert.True(threads.Length > 1);
        foreach (string thread in threads)
        {
            Dictionary<string, string> status = Status(thread);
            Assert.Equal("65534\t65534\t65534\t65534", status["Uid"]);
            Assert.Equal("65534\t65534\t65534\t65534", status["Gid"]);
            Assert.Equal("", status["Groups"]);
            foreach (string set in new[] { "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb" })
            {
                Assert.Equal("0000000000000000", status[set]);
            }

            Assert.Equal(("1", "2"), (status["NoNewPrivs"], status["Seccomp"]));
        }
    }

    [Fact]
    public void It_holds_its_socket_and_its_connections_and_nothing_of_ours()
    {
        string[] open = [.. Directory.GetFiles(Proc + "/fd").Select(f => new FileInfo(f).LinkTarget ?? "gone")];
        // The loader has a library open for as long as it maps it.
        open = [.. open.Where(f => !f.StartsWith("/usr/lib/", StringComparison.Ordinal) || !f.Contains(".so", StringComparison.Ordinal))];
        Assert.All(open, f => Assert.True(f.StartsWith("socket:", StringComparison.Ordinal) || f.StartsWith("pipe:", StringComparison.Ordinal) || f.StartsWith("anon_inode:", StringComparison.Ordinal) || f is "/dev/null" or "/dev/urandom" or "gone", f));
        // A test runner has far more open.
        Assert.InRange(open.Length, 4, 16);
    }

    [Fact]
    public void Its_environment_is_clean()
    {
        string[] names = [.. File.ReadAllText(Proc + "/environ").Split('\0', StringSplitOptions.RemoveEmptyEntries).Select(v => v.Split('=')[0])];
        Assert.All(names, n => Assert.Contains(n, new[] { "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR" }));
    }

    [Fact]
    public void It_leaves_no_core_and_writes_no_file()
    {
        string[] limits = File.ReadAllLines(Proc + "/limits");
        foreach (string limit in new[] { "Max core file size", "Max file size" })
        {
            Assert.Equal(["0", "0"], limits.Single(l => l.StartsWith(limit, StringComparison.Ordinal))[limit.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(2));
        }
    }

    [Fact]
    public void It_is_in_a_session_of_its_own() =>
        Assert.Equal(_network.Pid.ToString(CultureInfo.InvariantCulture), File.ReadAllText(Proc + "/stat").Split(") ")[1].Split(' ')[3]);

    [Fact]
    public void Another_process_of_the_same_user_cannot_look_into_it()
    {
        CommandResult result = Command.Run("/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "/bin/cat", Proc + "/environ");
        Assert.NotEqual(0, result.ExitCode);
    }

    [Fact]
    public async Task A_killed_one_is_one_clear_error()
    {
        Mono.Unix.Native.Syscall.kill(_network.Pid, Mono.Unix.Native.Signum.SIGKILL);
        string message = Assert.Throws<ImageException>(() => _network.GetManifest(ImageReference.Parse("registry.example.com/a:1"), "1")).Message;
        Assert.Equal("registry.example.com/a:1: the network process ended before it answered (killed by SIGKILL)", message);
        await _request.WaitAsync(Place.Deadline(10), TestContext.Current.CancellationToken);
    }

    /// <summary>An ordinary user's has no capability to lose; in a user namespace root has, and no other user to become.</summary>
    [Theory]
    [InlineData("setpriv --reuid=1000 --regid=1000 --clear-groups", 1000)]
    [InlineData("unshare --map-root-user", 0)]
    [InlineData("setpriv --reuid=1000 --regid=1000 --clear-groups unshare --map-root-user", 1000)]
    public void Without_root_it_has_as_little(string wrapper, int user)
    {
        using var folder = new TempDir(); // which that user can reach
        ProgramFiles.Copy(Network.Helper, folder["cctl-images"]);
        ProgramFiles.Copy(Path.Combine(AppContext.BaseDirectory, "start-network"), folder["start-network"]);
        string[] words = [.. wrapper.Split(' '), folder["start-network"], folder["cctl-images"]];
        using RunningCommand parent = new Command("/usr/bin/" + words[0], words[1..]).Start();
        Dictionary<string, string> status = StatusOf(parent, out _);
        Assert.Equal(user.ToString(CultureInfo.InvariantCulture), status["Uid"].Split('\t')[1]);
        Assert.Equal(("0000000000000000", "0000000000000000", "1", "2"), (status["CapEff"], status["CapPrm"], status["NoNewPrivs"], status["Seccomp"]));
        parent.Signal(Abi.SIGKILL);
    }

    [Fact]
    public void A_killed_parent_leaves_none()
    {
        using RunningCommand parent = new Command(Path.Combine(AppContext.BaseDirectory, "start-network"), Network.Helper).Start();
        StatusOf(parent, out string child);
        parent.Signal(Abi.SIGKILL);
        Eventually.True(() => !Directory.Exists(child) || File.ReadAllText(child + "/stat").Contains(") Z ", StringComparison.Ordinal), Place.Deadline(5), () => "the network process is left");
    }

    [Fact]
    public void An_ended_parent_leaves_none()
    {
        int pid = _network.Pid;
        _network.Dispose();
        Assert.False(Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}")));
    }

    private static Dictionary<string, string> StatusOf(RunningCommand parent, out string process)
    {
        Eventually.True(() => parent.Stdout.EndsWith('\n') || parent.HasExited, Place.Deadline(10), () => "the network process does not start");
        string[] said = parent.Stdout.TrimEnd('\n').Split(' ');
        Assert.Equal("R", said[^1]);
        process = "/proc/" + said[0];
        return Status(process);
    }

    private static Dictionary<string, string> Status(string process) => File.ReadLines(process + "/status").Select(l => l.Split(':', 2)).ToDictionary(l => l[0], l => l[1].Trim());

    public void Dispose()
    {
        _network.Dispose();
        _silent.Dispose();
    }
}
