using System.Diagnostics;
using System.Text;
using Mono.Unix.Native;

namespace Integration.Tests.Harness;

/// <summary>A program that was started: its output so far, its input, and its end. Disposing kills it and its descendants.</summary>
internal sealed class RunningCommand : IDisposable
{
    private readonly Process _process;
    private readonly string _commandLine;
    private readonly StringBuilder _stdout = new();
    private readonly StringBuilder _stderr = new();
    private readonly Thread _reader;
    private volatile bool _ended;

    /// <summary>Takes over a started process, whose three streams are redirected.</summary>
    public RunningCommand(Process process, string commandLine)
    {
        _process = process;
        _commandLine = commandLine;
        _reader = new Thread(() => Read(process.StandardOutput, process.StandardError)) { IsBackground = true };
        _reader.Start();
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

    /// <summary>Waits for the end. All that the program wrote has been read then; what a descendant still holds open is read for a moment more.</summary>
    /// <exception cref="TimeoutException">It did not end; it was killed.</exception>
    public CommandResult Wait(TimeSpan timeout)
    {
        if (!_process.WaitForExit(timeout))
        {
            _process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{_commandLine}: still running after {timeout.TotalSeconds} s\n{Stdout}{Stderr}");
        }

        _ended = true;
        _reader.Join();
        return new CommandResult(_commandLine, _process.ExitCode, Stdout, Stderr);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit(Place.Deadline(5));
        }

        // Before the pipes are closed: their numbers may be another's then.
        _ended = true;
        _reader.Join();
        _process.Dispose();
    }

    // However loaded the machine is, a look at the pipes that began after the program's end sees all that it wrote.
    private void Read(StreamReader stdout, StreamReader stderr)
    {
        var streams = new List<(int Fd, Decoder Decoder, StringBuilder Text)> { (Number(stdout), Encoding.UTF8.GetDecoder(), _stdout), (Number(stderr), Encoding.UTF8.GetDecoder(), _stderr) };
        byte[] buffer = new byte[16384];
        var sinceEnd = new Stopwatch();
        while (streams.Count > 0)
        {
            bool ended = _ended;
            Pollfd[] polled = [.. streams.Select(s => new Pollfd { fd = s.Fd, events = PollEvents.POLLIN })];
            bool written = Syscall.poll(polled, 20) > 0;
            if (written)
            {
                streams.RemoveAll(s => Array.Find(polled, p => p.fd == s.Fd).revents != 0 && !ReadOnce(s.Fd, s.Decoder, s.Text, buffer));
            }

            if (ended)
            {
                sinceEnd.Start();
            }

            if (sinceEnd.Elapsed > Place.Deadline(written ? 5 : 0.3))
            {
                return;
            }
        }
    }

    private static int Number(StreamReader reader) => (int)((System.IO.Pipes.PipeStream)reader.BaseStream).SafePipeHandle.DangerousGetHandle();

    private static unsafe bool ReadOnce(int fd, Decoder decoder, StringBuilder text, byte[] buffer)
    {
        long length;
        // SAFETY: the array is pinned for the call, which gets its length.
        fixed (byte* bytes = buffer)
        {
            length = Syscall.read(fd, bytes, (ulong)buffer.Length);
        }

        if (length <= 0)
        {
            return length < 0 && Stdlib.GetLastError() is Errno.EINTR or Errno.EAGAIN;
        }

        char[] characters = new char[length + 1];
        int count = decoder.GetChars(buffer, 0, (int)length, characters, 0);
        lock (text)
        {
            text.Append(characters, 0, count);
        }

        return true;
    }

    private static string Snapshot(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }
}
