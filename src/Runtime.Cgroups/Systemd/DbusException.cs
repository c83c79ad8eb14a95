namespace Runtime.Cgroups.Systemd;

/// <summary>The other side of a D-Bus connection answered with an error, or not as the protocol demands.</summary>
/// <param name="name">The error's name, as <c>org.freedesktop.systemd1.NoSuchUnit</c>.</param>
/// <param name="message">Its text.</param>
internal sealed class DbusException(string name, string message) : Exception($"{name}: {message}")
{
    /// <summary>The other side broke the protocol.</summary>
    public const string Protocol = "protocol error";

    /// <summary>No answer in time.</summary>
    public const string Timeout = "timeout";

    /// <summary>The error's name.</summary>
    public string Name { get; } = name;

    /// <summary>The text without the name, one line without a full stop.</summary>
    public string Text { get; } = message.ReplaceLineEndings(" ").Trim().TrimEnd('.');
}
