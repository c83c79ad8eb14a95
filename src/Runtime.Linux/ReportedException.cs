namespace Runtime.Linux;

/// <summary>
/// An error for whoever called cctl: its message is printed as it is, one line, lower case, no full stop. Any other exception is a
/// fault of the program's own. <c>OciSpec.ConfigException</c> is the one that stands beside: documents depend on nothing.
/// </summary>
public abstract class ReportedException : Exception
{
    /// <param name="message">What was tried, why it failed, and the way out.</param>
    protected ReportedException(string message)
        : base(message)
    {
    }

    /// <param name="message">What was tried, why it failed, and the way out.</param>
    /// <param name="cause">What it was found out by; null for nothing.</param>
    protected ReportedException(string message, Exception? cause)
        : base(message, cause)
    {
    }
}
