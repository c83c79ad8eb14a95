using Runtime.Linux;

namespace Runtime.Namespaces;

/// <summary>A launch failed: the place in config.json, what was tried, the error and the way out, in one line.</summary>
public sealed class LaunchException : ReportedException
{
    /// <summary>Words a failure of one system call.</summary>
    /// <param name="pointer">The JSON pointer; empty where the config has no say.</param>
    /// <param name="tried">What was tried.</param>
    /// <param name="errno">The error.</param>
    /// <param name="hint">The way out; empty where none is known.</param>
    public LaunchException(string pointer, string tried, Errno errno, string hint)
        : base(Word(pointer, tried, errno, hint))
    {
        Pointer = pointer;
        Errno = errno;
    }

    /// <summary>A failure that no system call reported.</summary>
    public LaunchException(string pointer, string detail)
        : base(pointer.Length == 0 ? detail : $"{pointer}: {detail}")
    {
        Pointer = pointer;
    }

    /// <summary>The JSON pointer; empty where the config has no say.</summary>
    public string Pointer { get; }

    /// <summary>The error; OK where no system call reported one.</summary>
    public Errno Errno { get; }

    private static string Word(string pointer, string tried, Errno errno, string hint)
    {
        string place = pointer.Length == 0 ? string.Empty : pointer + ": ";
        string meaning = hint.Length > 0 ? hint : errno.Meaning();
        return $"{place}{tried}: {errno.Name()}" + (meaning.Length > 0 ? ": " + meaning : string.Empty);
    }
}
