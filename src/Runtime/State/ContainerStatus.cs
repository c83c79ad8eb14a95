namespace Runtime.State;

/// <summary>What a container is doing (runtime.md, state); <see cref="Paused"/> is this runtime's addition, as it is runc's.</summary>
public enum ContainerStatus
{
    /// <summary>A <c>create</c> is at work on it.</summary>
    Creating,

    /// <summary>Its first process waits for <c>start</c>.</summary>
    Created,

    /// <summary>Its first process has executed the user's program and has not ended.</summary>
    Running,

    /// <summary>As running or created, with its cgroup frozen.</summary>
    Paused,

    /// <summary>Its first process has ended, or was never made because <c>create</c> was killed.</summary>
    Stopped,
}

/// <summary>The words that state documents use.</summary>
public static class ContainerStatusNames
{
    /// <summary>The status as a state document spells it.</summary>
    public static string Name(this ContainerStatus status) => status switch
    {
        ContainerStatus.Creating => "creating",
        ContainerStatus.Created => "created",
        ContainerStatus.Running => "running",
        ContainerStatus.Paused => "paused",
        _ => "stopped",
    };
}
