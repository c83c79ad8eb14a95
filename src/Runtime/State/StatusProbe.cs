using Runtime.Linux;

namespace Runtime.State;

/// <summary>
/// Judges a container by what the kernel says, never by what a file says: any cctl process may have been killed just
/// before it wrote the file.
/// <list type="bullet">
/// <item>creating: the record's phase says so and a living process holds the directory's lock (the kernel drops a lock with
/// its holder). With the lock free, <c>create</c> was killed: stopped. Or <c>run</c> made the first process, and that
/// still holds the socket of "created": its namespaces are half made, so nobody may enter them.</item>
/// <item>stopped: no process of the recorded pid, start time and boot, or a zombie.</item>
/// <item>paused: alive, and the cgroup's cgroup.freeze is 1.</item>
/// <item>created: alive, and still holding the socket <see cref="ContainerDirectory.StartSocketName"/>, which the kernel
/// closes in the execve(2) that ends the waiting. Nothing that <c>start</c> does or omits matters.</item>
/// <item>running: alive, and nobody holds that socket.</item>
/// </list>
/// </summary>
public static class StatusProbe
{
    /// <summary>The status now. The directory may be locked by the caller or not.</summary>
    /// <exception cref="SyscallException">The kernel cannot be asked: this process lacks descriptors or memory, or procfs.</exception>
    public static ContainerStatus Of(ContainerDirectory directory, ContainerRecord? record)
    {
        if (record is null || record.Phase == CreationPhase.Creating)
        {
            return directory.IsLockedByAnother() ? ContainerStatus.Creating : ContainerStatus.Stopped;
        }

        if (!record.Init.IsAlive())
        {
            return ContainerStatus.Stopped;
        }

        if (record.Phase == CreationPhase.Launching && directory.InitStillWaits())
        {
            return ContainerStatus.Creating;
        }

        if (IsFrozen(record.Cgroup?.Path))
        {
            return ContainerStatus.Paused;
        }

        return directory.InitStillWaits() ? ContainerStatus.Created : ContainerStatus.Running;
    }

    private static bool IsFrozen(string? cgroupPath) =>
        cgroupPath is not null && FileText.ReadIfThere(Abi.AT_FDCWD, cgroupPath + "/cgroup.freeze") is [(byte)'1', ..];
}
