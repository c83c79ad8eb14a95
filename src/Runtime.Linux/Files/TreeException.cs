namespace Runtime.Linux.Files;

/// <summary>Something in a tree of files could not be done.</summary>
public sealed class TreeException : ReportedException
{
    /// <summary>Names the file.</summary>
    /// <param name="verb">What was tried, as <c>give to its owner</c>.</param>
    /// <param name="path">The file, seen from the tree's root; empty for the root.</param>
    /// <param name="errno">The kernel's answer.</param>
    /// <param name="detail">What the errno does not say; may be empty.</param>
    public TreeException(string verb, string path, Errno errno, string detail = "")
        : base($"{verb} {(path.Length == 0 ? "/" : path)}: {(detail.Length == 0 ? errno.Name() : detail)}")
    {
        Tried = $"{verb} {(path.Length == 0 ? "/" : path)}";
        Errno = errno;
        Detail = detail;
    }

    /// <summary>What was tried, and with which file.</summary>
    public string Tried { get; }

    /// <summary>The kernel's answer.</summary>
    public Errno Errno { get; }

    /// <summary>What the errno does not say; may be empty.</summary>
    public string Detail { get; }
}
