namespace Runtime.Linux;

/// <summary>A system call failed: which call, with which arguments, and its errno.</summary>
public sealed class SyscallException : ReportedException
{
    /// <summary>Records a failed call.</summary>
    /// <param name="call">The call with its arguments, as <c>openat2(3, "proc")</c>.</param>
    /// <param name="errno">The error that it returned.</param>
    public SyscallException(string call, Errno errno)
        : base($"{call}: {errno.Name()}")
    {
        Call = call;
        Errno = errno;
    }

    /// <summary>The call with its arguments.</summary>
    public string Call { get; }

    /// <summary>The error that the call returned.</summary>
    public Errno Errno { get; }
}
