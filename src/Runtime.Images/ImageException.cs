using Runtime.Linux;

namespace Runtime.Images;

/// <summary>An image cannot be fetched, read, stored or removed; the message says which and what to do, in one line, lower case, no full stop.</summary>
public sealed class ImageException : ReportedException
{
    /// <summary>An error with its message.</summary>
    public ImageException(string message)
        : base(message)
    {
    }

    /// <summary>An error and what caused it.</summary>
    public ImageException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
