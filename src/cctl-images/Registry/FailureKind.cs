namespace CctlImages.Registry;

/// <summary>Kinds of failure that callers tell apart; the message says the rest.</summary>
internal enum FailureKind : byte
{
    /// <summary>Anything else.</summary>
    Other,

    /// <summary>The registry does not have it.</summary>
    NotFound,

    /// <summary>Credentials are missing or wrong.</summary>
    Unauthorized,

    /// <summary>Credentials are good for less than this.</summary>
    Denied,

    /// <summary>The registry answers that it cannot now (5xx, 429).</summary>
    Unavailable,

    /// <summary>No connection to the registry.</summary>
    Unreachable,

    /// <summary>The connection is not one that can be trusted.</summary>
    Tls,

    /// <summary>The registry says what the specification does not allow.</summary>
    Protocol,

    /// <summary>The registry does not know how.</summary>
    Unsupported,
}
