namespace Runtime.Cgroups.Drivers;

/// <summary>Who makes containers' cgroups, as <c>--cgroup-manager</c> chooses.</summary>
public enum CgroupManager
{
    /// <summary>cctl itself, with mkdir.</summary>
    Cgroupfs,

    /// <summary>systemd, as a scope.</summary>
    Systemd,

    /// <summary>Nobody: the container stays in the caller's cgroup.</summary>
    Disabled,
}

/// <summary>The managers' names, and the driver of each.</summary>
public static class CgroupManagers
{
    private static readonly string[] s_names = ["cgroupfs", "systemd", "disabled"];

    /// <summary>Every name, in the order of <see cref="CgroupManager"/>.</summary>
    public static ReadOnlySpan<string> Names => s_names;

    /// <summary>The name on the command line and in a container's record.</summary>
    public static string Name(this CgroupManager manager) => s_names[(int)manager];

    /// <summary>The manager of a name; null where there is none.</summary>
    public static CgroupManager? Find(string name) => Array.IndexOf(s_names, name) is >= 0 and var index ? (CgroupManager)index : null;

    /// <summary>A new driver, which the caller disposes of.</summary>
    public static ICgroupDriver NewDriver(this CgroupManager manager) => manager switch
    {
        CgroupManager.Systemd => new SystemdDriver(),
        CgroupManager.Disabled => new DisabledDriver(),
        _ => new CgroupfsDriver(),
    };
}
