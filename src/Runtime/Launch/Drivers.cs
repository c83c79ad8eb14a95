using Runtime.Cgroups.Drivers;

namespace Runtime.Launch;

/// <summary>The cgroup drivers by the names of `--cgroup-manager`.</summary>
internal static class Drivers
{
    /// <summary>Every name, for messages and `features`.</summary>
    public static readonly string[] Names = ["cgroupfs", "systemd", "disabled"];

    /// <summary>The driver of that name.</summary>
    /// <exception cref="ContainerException">There is none.</exception>
    public static ICgroupDriver Of(string name) => name switch
    {
        "cgroupfs" => new CgroupfsDriver(),
        "systemd" => new SystemdDriver(),
        "disabled" => new DisabledDriver(),
        _ => throw new ContainerException($"--cgroup-manager \"{name}\": one of {string.Join(", ", Names)}"),
    };
}
