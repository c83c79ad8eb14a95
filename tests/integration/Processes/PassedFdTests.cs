using System.Globalization;
using Integration.Tests.Harness;
using Runtime.Linux;

namespace Integration.Tests.Processes;

/// <summary>What a caller passes to the guest, and what it gets back: preserve-fds, LISTEN_FDS, the sockets for pidfd and terminal.</summary>
public sealed class PassedFdTests : IDisposable
{
    private readonly TempDir _directory = new();
    private readonly Cctl _cctl = new();

    public void Dispose()
    {
        _cctl.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void Without_an_option_no_descriptor_reaches_the_guest()
    {
        using Bundle bundle = Bundle.Script("ls /proc/self/fd");
        // ls has its own 3 for the directory it lists.
        Assert.Equal(["0", "1", "2", "3"], Shell($"exec 3<{_directory.WriteFile("a", "")} 7<{_directory["a"]}; exec {CommandLine(bundle)}").MustSucceed().Lines);
    }

    [Fact]
    public void Preserved_descriptors_reach_the_guest_and_the_next_does_not()
    {
        using Bundle bundle = Bundle.Script("cat <&3; cat <&4; test -e /proc/self/fd/5 || echo none");
        _directory.WriteFile("a", "three\n");
        _directory.WriteFile("b", "four\n");
        Assert.Equal(["three", "four", "none"], Shell($"exec 3<{_directory["a"]} 4<{_directory["b"]} 5<{_directory["a"]}; exec {CommandLine(bundle, "--preserve-fds 2")}").MustSucceed().Lines);
    }

    [Fact]
    public void A_descriptor_that_is_to_be_preserved_and_is_not_open_is_named()
    {
        using Bundle bundle = Bundle.Script("true");
        CommandResult result = Shell($"exec 3<{_directory.WriteFile("a", "")}; exec {CommandLine(bundle, "--preserve-fds 2")}");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("--preserve-fds 2: descriptor 4: EBADF", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void Activation_sockets_reach_the_guest_with_their_number_and_come_before_the_preserved()
    {
        using Bundle bundle = Bundle.Script("echo $LISTEN_FDS $LISTEN_PID; cat <&3; cat <&4; test -e /proc/self/fd/5 || echo none");
        _directory.WriteFile("a", "socket\n");
        _directory.WriteFile("b", "preserved\n");
        string script = $"exec 3<{_directory["a"]} 4<{_directory["b"]} 5<{_directory["a"]}; export LISTEN_FDS=1 LISTEN_PID=$$; exec {CommandLine(bundle, "--preserve-fds 1")}";
        Assert.Equal(["1 1", "socket", "preserved", "none"], Shell(script).MustSucceed().Lines);
    }

    [Fact]
    public void Activation_sockets_that_are_meant_for_another_process_stay_outside()
    {
        using Bundle bundle = Bundle.Script("echo \"<$LISTEN_FDS>\"; test -e /proc/self/fd/3 || echo none");
        Assert.Equal(["<>", "none"], Shell($"exec 3<{_directory.WriteFile("a", "")}; export LISTEN_FDS=1 LISTEN_PID=1; exec {CommandLine(bundle)}").MustSucceed().Lines);
    }

    [Theory]
    [InlineData("create")]
    [InlineData("run", "--detach")]
    public void The_pidfd_socket_gets_a_descriptor_of_the_first_process(params string[] command)
    {
        using var listener = new FdListener(_directory["pidfd.sock"]);
        using var bundle = new Bundle("/bin/sleep", "1000");
        string id = Cctl.NewId();
        _cctl.Run([.. command, "--bundle", bundle.Path, "--pidfd-socket", _directory["pidfd.sock"], id]).MustSucceed();
        using Fd pidfd = listener.Accept();
        string info = File.ReadAllText($"/proc/self/fdinfo/{pidfd.Number}");
        int pid = _cctl.PidOf(id);
        Assert.Contains("Pid:\t" + pid.ToString(CultureInfo.InvariantCulture) + "\n", info, StringComparison.Ordinal);
    }

    [Fact]
    public void A_process_that_enters_later_has_its_own_descriptors_and_pidfd()
    {
        using var listener = new FdListener(_directory["pidfd.sock"]);
        using var bundle = new Bundle("/bin/sleep", "1000");
        string id = Cctl.NewId();
        string exec = $"{Cctl.Executable} --root {_cctl.StateRoot} exec";
        _cctl.Run("run", "--detach", "--bundle", bundle.Path, id).MustSucceed();
        _directory.WriteFile("a", "three\n");
        Assert.Equal(["three", "none"], Shell($"exec 3<{_directory["a"]} 4<{_directory["a"]}; exec {exec} --preserve-fds 1 {id} sh -c 'cat <&3; test -e /proc/self/fd/4 || echo none'").MustSucceed().Lines);
        _cctl.Run("exec", "--detach", "--pidfd-socket", _directory["pidfd.sock"], "--pid-file", _directory["pid"], id, "sleep", "1000").MustSucceed();
        using Fd pidfd = listener.Accept();
        Assert.Contains("Pid:\t" + File.ReadAllText(_directory["pid"]) + "\n", File.ReadAllText($"/proc/self/fdinfo/{pidfd.Number}"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_console_socket_gets_the_terminals_master_with_the_size_of_the_config(bool userNamespace)
    {
        using var console = new ConsoleListener(_directory["console.sock"]);
        using Bundle bundle = Bundle.Script("tty; stty size; test -c /dev/console && echo console; stat -c '%u' /dev/pts/0; echo end").With(c =>
        {
            c.Process!.Terminal = true;
            c.Process.ConsoleSize = new() { Height = 33, Width = 77 };
            c.Process.User = new() { Uid = 1000, Gid = 1000 };
        });
        if (userNamespace)
        {
            bundle.InUserNamespace();
        }

        string id = Cctl.NewId();
        _cctl.Run("run", "--detach", "--bundle", bundle.Path, "--console-socket", _directory["console.sock"], id).MustSucceed();
        console.Accept();
        Assert.Equal(["/dev/pts/0", "33 77", "console", "1000", "end"], console.ReadTo("end\r\n").Split("\r\n", StringSplitOptions.RemoveEmptyEntries));
    }

    private string CommandLine(Bundle bundle, string options = "") => $"{Cctl.Executable} --root {_cctl.StateRoot} run --bundle {bundle.Path} {options} {Cctl.NewId()}";

    private static CommandResult Shell(string script) => Command.Run("bash", "-c", script);
}
