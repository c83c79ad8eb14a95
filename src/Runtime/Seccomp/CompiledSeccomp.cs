using Runtime.Linux;

namespace Runtime.Seccomp;

/// <summary>A filter, ready for seccomp(2)'s SECCOMP_SET_MODE_FILTER.</summary>
public sealed class CompiledSeccomp
{
    internal CompiledSeccomp(Abi.sock_filter[] program, uint flags, bool needsListener, IReadOnlyList<string> skipped)
    {
        Program = program;
        Flags = flags;
        NeedsListener = needsListener;
        Skipped = skipped;
    }

    /// <summary>The instructions of classic BPF, 1 to 4096.</summary>
    public Abi.sock_filter[] Program { get; }

    /// <summary>
    /// SECCOMP_FILTER_FLAG_*: those of the profile, and where a listener is needed NEW_LISTENER, to which TSYNC_ESRCH
    /// is added beside TSYNC (Linux 5.7). The call then returns the listener's fd.
    /// </summary>
    public uint Flags { get; }

    /// <summary>
    /// Some call may be notified (Linux 5.0): the process that loads the filter gets a fd for the agent, see
    /// <see cref="SeccompListener"/>.
    /// </summary>
    public bool NeedsListener { get; }

    /// <summary>Names of system calls and architectures in the profile that are not known here; they have no rule.</summary>
    public IReadOnlyList<string> Skipped { get; }
}
