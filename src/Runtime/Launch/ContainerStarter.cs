namespace Runtime.Launch;

/// <summary>Lets created containers go on.</summary>
public static class ContainerStarter
{
    /// <summary>Starts a created container.</summary>
    /// <exception cref="ContainerException">It does not exist, or is not created.</exception>
    public static void Start(string stateRoot, string id) => throw new NotSupportedException($"start {id} under {stateRoot}");
}
