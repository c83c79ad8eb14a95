namespace Runtime.Launch;

/// <summary>Creates containers.</summary>
public static class ContainerCreator
{
    /// <summary>Creates a container whose first process waits for <c>start</c>.</summary>
    public static void Create(CreateOptions options) => throw new NotSupportedException($"create {options.Id}");

    /// <summary>Creates and starts a container; in the foreground it waits for its end.</summary>
    /// <returns>The exit status of the first process, 128+n for a signal; 0 when detached.</returns>
    public static int Run(CreateOptions options) => throw new NotSupportedException($"run {options.Id}");
}
