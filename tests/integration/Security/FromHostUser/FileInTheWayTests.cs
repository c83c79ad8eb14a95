using Integration.Tests.Harness;
using Mono.Unix.Native;

namespace Integration.Tests.Security.FromHostUser;

/// <summary>A directory that a file is to be written in is another user's, who has put something in the way.</summary>
[HostOnly]
public sealed class FileInTheWayTests : IDisposable
{
    private readonly Cctl _cctl = new();
    private readonly TempDir _directory = new();
    private readonly string _id = Cctl.NewId();
    private readonly Bundle _bundle = new("/bin/sleep", "1000");

    public void Dispose()
    {
        _cctl.Dispose();
        _bundle.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData("fifo")]
    [InlineData("link")]
    [InlineData("file")]
    [InlineData("directory")]
    public void A_pid_file_is_written_whatever_lies_beside_it(string kind)
    {
        string victim = _directory.WriteFile("victim", "of the host");
        Make(kind, _directory["pid.new"], victim);
        _cctl.Run("run", "--detach", "--pid-file", _directory["pid"], "--bundle", _bundle.Path, _id).MustSucceed();
        Assert.Equal(_cctl.PidOf(_id).ToString((IFormatProvider?)null), File.ReadAllText(_directory["pid"]));
        Assert.Equal("of the host", File.ReadAllText(victim));
        Assert.Equal(["pid", "pid.new", "victim"], Directory.GetFileSystemEntries(_directory.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("fifo")]
    [InlineData("link")]
    public void A_pid_file_takes_the_place_of_what_has_its_name(string kind)
    {
        string victim = _directory.WriteFile("victim", "of the host");
        Make(kind, _directory["pid"], victim);
        _cctl.Run("run", "--detach", "--pid-file", _directory["pid"], "--bundle", _bundle.Path, _id).MustSucceed();
        Assert.Equal(_cctl.PidOf(_id).ToString((IFormatProvider?)null), File.ReadAllText(_directory["pid"]));
        Assert.Equal("of the host", File.ReadAllText(victim));
    }

    [Fact]
    public void A_log_that_is_a_fifo_without_a_reader_keeps_nobody_waiting()
    {
        Make("fifo", _directory["log"], "");
        CommandResult result = _cctl.Run("--log", _directory["log"], "state", "none").MustExit(1);
        Assert.Contains("does not exist", result.Stderr, StringComparison.Ordinal);
    }

    private static void Make(string kind, string path, string victim)
    {
        switch (kind)
        {
            case "fifo":
                Assert.Equal(0, Syscall.mkfifo(path, (FilePermissions)0b110_110_110));
                break;
            case "link":
                File.CreateSymbolicLink(path, victim);
                break;
            case "file":
                File.WriteAllText(path, "stale");
                break;
            default:
                Directory.CreateDirectory(path);
                break;
        }
    }
}
