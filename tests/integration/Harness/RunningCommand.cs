using System.Diagnostics;
using System.Text;

namespace Integration.Tests.Harness;

/// <summary>A program that was started: its output so far, its input, and its end. Disposing kills it and its descendants.</summary>
internal sealed class RunningCommand : IDisposable
{
    private readonly Process _process;
    private readonly string _commandLine;
    private readonly StringBuilder _stdout = new();
    private readonly StringBuilder _stderr = new();
    private readonly Task _readers;

    /// <summary>Takes over a started process, whose three streams are redirected.</summary>
    public RunningCommand(Process process, string commandLine)
    {
        _process = process;
        _commandLine = commandLine;
        _readers = Task.WhenAll(Read(process.StandardOutput, _stdout), Read(process.StandardError, _stderr));
    }

    /// <summary>The process id on this machine.</summary>
    public int Pid => _process.Id;

    /// <summary>True once the process has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Standard output so far.</summary>
    public string Stdout => Snapshot(_stdout);

    /// <summary>Standard error so far.</summary>
    public string Stderr => Snapshot(_stderr);

    /// <summary>Writes to its standard input. What a program that has ended no longer reads is lost.</summary>
    public void Write(string text)
    {
        try
        {
            _process.StandardInput.Write(text);
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // EPIPE: the program has closed its input.
        }
    }

    /// <summary>Ends its standard input.</summary>
    public void CloseInput()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // EPIPE, as above.
        }
    }

    /// <summary>Sends it a signal.</summary>
    public void Signal(int signal) => Mono.Unix.Native.Syscall.kill(Pid, (Mono.Unix.Native.Signum)signal);

    /// <summary>Waits until standard output has <paramref name="text"/>.</summary>
    /// <exception cref="TimeoutException">It did not come in time, or the program ended without it.</exception>
    public void WaitForOutput(string text, TimeSpan timeout) =>
        Eventually.True(() => Stdout.Contains(text, StringComparison.Ordinal), timeout, () => $"{_commandLine}: no '{text}' in its output:\n{Stdout}{Stderr}");

    /// <summary>Waits for the end. Output that a descendant still holds open is read for a moment more only.</summary>
    /// <exception cref="TimeoutException">It did not end; it was killed.</exception>
    public CommandResult Wait(TimeSpan timeout)
    {
        if (!_process.WaitForExit(timeout))
        {
            _process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{_commandLine}: still running after {timeout.TotalSeconds} s\n{Stdout}{Stderr}");
        }

        if (!_readers.Wait(Place.Deadline(0.3)) && _process.ExitCode != 0 && Stdout.Length + Stderr.Length == 0)
        {
            // What fails says why: on a machine with much else to do the readers have not been at it yet.
            _readers.Wait(Place.Deadline(3));
        }

        return new CommandResult(_commandLine, _process.ExitCode, Stdout, Stderr);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit(Place.Deadline(5));
        }

        _process.Dispose();
    }

    private static async Task Read(StreamReader reader, StringBuilder text)
    {
        char[] buffer = new char[4096];
        int count;
        while ((count = await reader.ReadAsync(buffer).ConfigureAwait(false)) > 0)
        {
            lock (text)
            {
                text.Append(buffer, 0, count);
            }
        }
    }

    private static string Snapshot(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }
}
