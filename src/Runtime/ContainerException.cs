using Runtime.Linux;

namespace Runtime;

/// <summary>An operation on a container cannot be done; the message is for the caller, one line, with a hint where there is one.</summary>
public class ContainerException : ReportedException
{
    /// <summary>An error that is printed as it is.</summary>
    /// <param name="message">What was tried and why it failed: one line, lower case, no full stop.</param>
    public ContainerException(string message)
        : base(message)
    {
    }

    /// <summary>The error of an id that no container has; callers look for <c>does not exist</c>.</summary>
    public static ContainerException DoesNotExist(string id, string root) =>
        new($"container \"{id}\" does not exist: nothing of that name under {root}");
}
