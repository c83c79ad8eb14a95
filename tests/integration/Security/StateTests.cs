using Integration.Tests.Harness;
using Mono.Unix.Native;

namespace Integration.Tests.Security;

/// <summary>Who may look at and touch what cctl keeps, and what names and numbers it takes.</summary>
public sealed class StateTests : IDisposable
{
    private readonly Cctl _cctl = new();
    private readonly TempDir _folder = new();

    [Fact]
    public void State_is_for_its_owner_alone_whatever_the_umask_is()
    {
        string root = _folder["run/state"];
        using var bundle = new Bundle("/bin/sleep", "1000");
        string id = Cctl.NewId();
        try
        {
            Shell("umask 0; exec \"$@\" </dev/null >/dev/null 2>&1", root, "create", "--bundle", bundle.Path, id).MustSucceed();
            Assert.Equal(0b111_000_000, Mode(root));
            Assert.Equal(0b111_000_000, Mode($"{root}/{id}"));
            foreach (string file in Directory.GetFileSystemEntries($"{root}/{id}"))
            {
                Assert.Equal(0b110_000_000, Mode(file));
            }

            Assert.True(File.Exists($"{root}/{id}/start.sock"));
        }
        finally
        {
            Shell("exec \"$@\"", root, "delete", "--force", id);
        }
    }

    [Theory]
    [InlineData(false, 65534)]
    [InlineData(true, 100_000)]
    [InlineData(true, 101_000)]
    public void Another_user_cannot_start_what_root_created(bool userNamespace, int uid)
    {
        using var bundle = new Bundle("/bin/sleep", "1000");
        string id = Cctl.NewId();
        if (userNamespace)
        {
            // The attackers are the guest's own root and a user of it, on the host.
            bundle.With(UserNamespace.Add);
        }

        Shell("exec \"$@\" </dev/null >/dev/null 2>&1", _cctl.StateRoot, "create", "--bundle", bundle.Path, id).MustSucceed();
        // Even where the folders were opened by mistake, the first process asks who calls.
        Command.Run("chmod", "0711", _cctl.StateRoot, $"{_cctl.StateRoot}/{id}").MustSucceed();
        Command.Run("chmod", "0777", $"{_cctl.StateRoot}/{id}/start.sock").MustSucceed();
        string connect = $"use Socket; socket(S, 1, 5, 0) && connect(S, pack_sockaddr_un('{_cctl.StateRoot}/{id}/start.sock')) or die $!; print 'connected'; sysread(S, $x, 100)";
        string user = uid.ToString(System.Globalization.CultureInfo.InvariantCulture);
        CommandResult result = Command.Run("setpriv", "--reuid", user, "--regid", user, "--clear-groups", "perl", "-e", connect).MustSucceed();
        Assert.Equal("connected", result.Text);
        Assert.Contains("\"created\"", _cctl.Run("state", id).MustSucceed().Stdout, StringComparison.Ordinal);
        _cctl.Run("start", id).MustSucceed();
        Assert.Contains("\"running\"", _cctl.Run("state", id).MustSucceed().Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public void No_socket_has_a_name_that_the_network_namespace_shares()
    {
        using var bundle = new Bundle("/bin/sleep", "1000");
        string id = Cctl.NewId();
        string[] before = AbstractSockets();
        Shell("exec \"$@\" </dev/null >/dev/null 2>&1", _cctl.StateRoot, "create", "--bundle", bundle.Path, id).MustSucceed();
        Assert.DoesNotContain(AbstractSockets().Except(before), name => name.Contains(id, StringComparison.Ordinal) || name.Contains("cctl", StringComparison.Ordinal));
        Assert.Contains(File.ReadLines("/proc/net/unix"), line => line.EndsWith("start.sock", StringComparison.Ordinal));
    }

    // proc_net(5): the name of an abstract socket is shown with an @ in front.
    private static string[] AbstractSockets() => [.. File.ReadLines("/proc/net/unix").Select(l => l.Split(' ')[^1]).Where(n => n.StartsWith('@'))];

    [Fact]
    public void The_waiting_first_process_is_hidden_from_the_guests_users()
    {
        using var bundle = new Bundle("/bin/true");
        bundle.With(c => c.Process!.User = new() { Uid = 1000, Gid = 1000 });
        string id = Cctl.NewId();
        Shell("exec \"$@\" </dev/null >/dev/null 2>&1", _cctl.StateRoot, "create", "--bundle", bundle.Path, id).MustSucceed();
        int pid = Assert.Single(Leftovers.Processes(id));
        // proc_pid(5): the files of a process that is not dumpable are root's.
        Assert.Equal(0, Syscall.stat($"/proc/{pid}/environ", out Stat stat));
        Assert.Equal(0u, stat.st_uid);
        Assert.Contains("\nUid:\t1000\t1000", File.ReadAllText($"/proc/{pid}/status"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../escape")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("a\nb")]
    [InlineData("ä")]
    [InlineData("a\0b")]
    public void An_id_that_could_be_a_path_is_refused_by_every_command(string id)
    {
        if (id.Contains('\0', StringComparison.Ordinal))
        {
            id = new string('x', 5000); // no argument can hold a NUL; too long is refused as well
        }

        using var bundle = new Bundle("/bin/true");
        string[][] commands = [["run", "--bundle", bundle.Path], ["create", "--bundle", bundle.Path], ["state"], ["start"], ["kill"], ["delete", "--force"]];
        foreach (string[] command in commands)
        {
            CommandResult result = _cctl.Run([.. command, id]);
            Assert.True(result.ExitCode is 1 or 2, $"{command[0]}: exit status {result.ExitCode}");
            Assert.True(result.Stderr.Length > 0, command[0]);
        }

        Assert.Empty(Directory.Exists(_cctl.StateRoot) ? Directory.GetFileSystemEntries(_cctl.StateRoot) : []);
        Assert.False(Directory.Exists(Path.Combine(Path.GetDirectoryName(_cctl.StateRoot)!, "escape")));
    }

    [Theory]
    [InlineData("""{ "uid": 4294967295, "gid": 0 }""")]
    [InlineData("""{ "uid": 4294967296, "gid": 0 }""")]
    [InlineData("""{ "uid": -1, "gid": 0 }""")]
    [InlineData("""{ "uid": 0, "gid": 4294967295 }""")]
    [InlineData("""{ "uid": 0, "gid": 0, "additionalGids": [4294967295] }""")]
    [InlineData("""{ "uid": 1e3, "gid": 0.5 }""")]
    public void A_user_that_overflows_does_not_become_root(string user)
    {
        using var bundle = new Bundle("/bin/id");
        string config = File.ReadAllText(bundle["config.json"]);
        using System.Text.Json.JsonDocument document = System.Text.Json.JsonDocument.Parse(config);
        string process = document.RootElement.GetProperty("process").GetRawText();
        string old = document.RootElement.GetProperty("process").GetProperty("user").GetRawText();
        bundle.WriteConfig(config.Replace(process, process.Replace(old, user, StringComparison.Ordinal), StringComparison.Ordinal));
        CommandResult result = _cctl.RunBundle(bundle).MustExit(1);
        Assert.Contains("/process/user", result.Stderr, StringComparison.Ordinal);
        Assert.Empty(result.Stdout);
    }

    [Theory]
    [InlineData("kernel.panic", "1")]
    [InlineData("vm.overcommit_memory", "1")]
    [InlineData("kernel/core_pattern", "|/bin/sh")]
    [InlineData("net.../.../kernel/panic", "1")]
    [InlineData("kernel.shm/../panic", "1")]
    public void A_kernel_parameter_of_the_host_is_refused(string name, string value)
    {
        string panic = File.ReadAllText("/proc/sys/kernel/panic");
        string pattern = File.ReadAllText("/proc/sys/kernel/core_pattern");
        using var bundle = new Bundle("/bin/true");
        bundle.With(c => c.Linux!.Sysctl = new() { [name] = value });
        CommandResult result = _cctl.RunBundle(bundle).MustExit(1);
        Assert.Contains("/linux/sysctl", result.Stderr, StringComparison.Ordinal);
        Assert.Equal(panic, File.ReadAllText("/proc/sys/kernel/panic"));
        Assert.Equal(pattern, File.ReadAllText("/proc/sys/kernel/core_pattern"));
    }

    [Theory]
    [InlineData("network", "net.ipv4.ip_forward", "1")]
    [InlineData("ipc", "kernel.shmmax", "1")]
    [InlineData("uts", "kernel.domainname", "taken")]
    public void A_kernel_parameter_of_a_namespace_that_the_guest_shares_is_refused(string type, string name, string value)
    {
        using var bundle = new Bundle("/bin/true");
        bundle.With(c =>
        {
            c.Linux!.Namespaces!.RemoveAll(n => n.Type == type);
            c.Linux.Sysctl = new() { [name] = value };
            c.Hostname = type == "uts" ? null : c.Hostname;
        });
        Assert.Contains("/linux/sysctl", _cctl.RunBundle(bundle).MustExit(1).Stderr, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _cctl.Dispose();
        _folder.Dispose();
    }

    private static int Mode(string path)
    {
        Assert.Equal(0, Syscall.lstat(path, out Stat stat));
        return (int)stat.st_mode & 0b111_111_111_111;
    }

    private static CommandResult Shell(string script, string root, params string[] arguments) =>
        new Command("/bin/sh", ["-c", script, "sh", Cctl.Executable, "--root", root, .. arguments]).Run();
}
