using Runtime.Linux;

namespace Runtime.Cgroups;

/// <summary>
/// A cgroup could not be made, limited or changed. The message is one line:
/// <c>/linux/resources/memory/limit: write memory.max: EBUSY: hint</c>.
/// </summary>
public sealed class CgroupException : ReportedException
{
    /// <summary>An error at a place in the config.</summary>
    /// <param name="pointer">JSON pointer (RFC 6901) of the value; empty where no value is at fault.</param>
    /// <param name="detail">What is wrong, one line, lower case, no full stop.</param>
    public CgroupException(string pointer, string detail)
        : base(pointer.Length == 0 ? detail : string.Concat(pointer, ": ", detail))
    {
        Pointer = pointer;
        Detail = detail;
    }

    /// <summary>A kernel's refusal.</summary>
    /// <param name="pointer">JSON pointer of the value; empty where no value is at fault.</param>
    /// <param name="tried">What was tried, as <c>write memory.max</c>.</param>
    /// <param name="errno">The kernel's answer.</param>
    /// <param name="hint">Why, and what would cure it; may be empty.</param>
    public CgroupException(string pointer, string tried, Errno errno, string hint)
        : this(pointer, hint.Length == 0 ? $"{tried}: {errno.Name()}" : $"{tried}: {errno.Name()}: {hint}") => Errno = errno;

    /// <summary>JSON pointer (RFC 6901) of the value at fault; empty where there is none.</summary>
    public string Pointer { get; }

    /// <summary>The message without the pointer.</summary>
    public string Detail { get; }

    /// <summary>The kernel's answer; <see cref="Errno.OK"/> where the kernel was not asked.</summary>
    public Errno Errno { get; }
}
