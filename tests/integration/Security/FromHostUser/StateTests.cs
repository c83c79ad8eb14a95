using Integration.Tests.Harness;
using Mono.Unix.Native;

namespace Integration.Tests.Security.FromHostUser;

/// <summary>Who may look at and touch what cctl keeps.</summary>
public sealed class StateTests : IDisposable
{
    private readonly Cctl _cctl = new();
    private readonly TempDir _directory = new();

    [Fact]
    public void State_is_for_its_owner_alone_whatever_the_umask_is()
    {
        string root = _directory["run/state"];
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
        // Even where the directories were opened by mistake, the first process asks who calls.
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

    public void Dispose()
    {
        _cctl.Dispose();
        _directory.Dispose();
    }

    private static int Mode(string path)
    {
        Assert.Equal(0, Syscall.lstat(path, out Stat stat));
        return (int)stat.st_mode & 0b111_111_111_111;
    }

    private static CommandResult Shell(string script, string root, params string[] arguments) =>
        new Command("/bin/sh", ["-c", script, "sh", Cctl.Executable, "--root", root, .. arguments]).Run();
}
