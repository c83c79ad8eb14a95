namespace CctlImages.Registry;

/// <summary>A registry was asked in vain. The message is one line, and does not name the image: who asked does.</summary>
internal sealed class RegistryException : Exception
{
    /// <summary>A failure of a kind.</summary>
    public RegistryException(FailureKind kind, string message)
        : base(message) => Kind = kind;

    /// <summary>A failure of a kind, and what caused it.</summary>
    public RegistryException(FailureKind kind, string message, Exception cause)
        : base(message, cause) => Kind = kind;

    /// <summary>What kind of failure it is.</summary>
    public FailureKind Kind { get; }
}
