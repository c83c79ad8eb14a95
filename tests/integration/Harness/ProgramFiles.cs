using System.Diagnostics;

namespace Integration.Tests.Harness;

/// <summary>
/// Writes programs, and starts them. A process that another test starts while a file is open for writing has it open, too,
/// until its execve, and whoever executes the file then gets ETXTBSY: so the one waits for the other.
/// </summary>
internal static class ProgramFiles
{
    private static readonly ReaderWriterLockSlim s_files = new();

    /// <summary>Starts a program.</summary>
    public static Process Start(ProcessStartInfo start)
    {
        s_files.EnterReadLock();
        try
        {
            return Process.Start(start)!;
        }
        finally
        {
            s_files.ExitReadLock();
        }
    }

    /// <summary>Starts a program.</summary>
    public static Process Start(string program, params string[] arguments) => Start(new ProcessStartInfo(program, arguments));

    /// <summary>Copies a program with its mode.</summary>
    public static void Copy(string source, string target) => Write(() => File.Copy(source, target));

    /// <summary>Writes a script.</summary>
    public static void Write(string path, string text) => Write(() => File.WriteAllText(path, text));

    private static void Write(Action write)
    {
        s_files.EnterWriteLock();
        try
        {
            write();
        }
        finally
        {
            s_files.ExitWriteLock();
        }
    }
}
