using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Integration.Tests.Harness;

namespace Integration.Tests.Stacks;

/// <summary>A daemon of a container stack, with its log in a file. Disposing ends it, and waits for that.</summary>
internal sealed class Daemon : IDisposable
{
    private const int SIGHUP = 1;
    private const int SIGKILL = 9;
    private const int SIGTERM = 15;
    private readonly string _log;
    private readonly string[] _command;
    private readonly string _socket;
    private readonly Func<bool> _answers;
    private Process _process;

    /// <summary>Starts it and waits until it answers.</summary>
    /// <param name="log">The file that its output is appended to.</param>
    /// <param name="socket">The socket that it listens on.</param>
    /// <param name="answers">Whether it answers there; asked once it listens.</param>
    /// <param name="command">The program and its arguments.</param>
    public Daemon(string log, string socket, Func<bool> answers, params string[] command)
    {
        _log = log;
        _command = command;
        _socket = socket;
        _answers = answers;
        _process = Start();
    }

    /// <summary>Its process id; another one after a restart.</summary>
    public int Pid => _process.Id;

    /// <summary>The last lines of its log, for messages.</summary>
    public string LogEnd => File.Exists(_log) ? string.Join('\n', File.ReadLines(_log).TakeLast(40)) : "";

    /// <summary>Kills it as a crash would, and starts it again.</summary>
    public void CrashAndRestart()
    {
        Signal(SIGKILL);
        _process.WaitForExit();
        _process.Dispose();
        _process = Start();
    }

    /// <summary>Makes it read its configuration again.</summary>
    public void Reload() => Signal(SIGHUP);

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Signal(SIGTERM);
            if (!_process.WaitForExit(Place.Deadline(6)))
            {
                Signal(SIGKILL);
                _process.WaitForExit();
            }
        }

        _process.Dispose();
    }

    private bool Listens()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(_socket));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private void Signal(int signal) => Mono.Unix.Native.Syscall.kill(_process.Id, (Mono.Unix.Native.Signum)signal);

    private Process Start()
    {
        // A shell opens the log and becomes the daemon: pipes would end with the test runner's interest in them.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", _log, .. _command]);
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        start.Environment["HOME"] = "/root";
        Process process = ProgramFiles.Start(start);
        try
        {
            Eventually.True(
                () => process.HasExited ? throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{_command[0]} ended with {process.ExitCode}:\n{LogEnd}")) : Listens() && _answers(),
                Place.Deadline(12),
                () => $"{_command[0]} does not answer:\n{LogEnd}",
                500);
            return process;
        }
        catch (Exception)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
