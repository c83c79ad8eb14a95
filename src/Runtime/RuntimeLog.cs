namespace Runtime;

/// <summary>How much a message matters, least first.</summary>
public enum LogLevel
{
    /// <summary>What cctl does, step by step.</summary>
    Debug,

    /// <summary>What a person may want to know.</summary>
    Info,

    /// <summary>Something was not done as asked, and the operation goes on.</summary>
    Warning,

    /// <summary>The operation failed.</summary>
    Error,
}

/// <summary>
/// Where the engine says what no exception can say. Whoever owns the process sets <see cref="Sink"/>; without one
/// nothing is kept. Guard messages that cost something to make with <see cref="IsEnabled"/>.
/// </summary>
public static class RuntimeLog
{
    /// <summary>Takes the messages at or above <see cref="Level"/>; null drops them.</summary>
    public static Action<LogLevel, string>? Sink { get; set; }

    /// <summary>The least level that is kept.</summary>
    public static LogLevel Level { get; set; } = LogLevel.Info;

    /// <summary>Whether a message of this level would be kept.</summary>
    public static bool IsEnabled(LogLevel level) => Sink is not null && level >= Level;

    /// <summary>Records a message: one line, lower case, no full stop.</summary>
    public static void Write(LogLevel level, string message)
    {
        if (IsEnabled(level))
        {
            Sink!(level, message);
        }
    }

    /// <summary>Records that something was not done as asked.</summary>
    public static void Warn(string message) => Write(LogLevel.Warning, message);
}
