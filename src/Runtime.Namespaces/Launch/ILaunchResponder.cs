using Runtime.Linux;

namespace Runtime.Namespaces.Launch;

/// <summary>What a container's owner does while its init is being set up. Any exception ends the launch and the child.</summary>
public interface ILaunchResponder
{
    /// <summary>The child exists, and waits or works. <paramref name="pidfd"/> stays the launcher's.</summary>
    void Created(int pid, Fd pidfd);

    /// <summary>Puts the child into its cgroup, where that needs a process to be there first.</summary>
    void AttachCgroup(int pid);

    /// <summary>Writes the mappings of the child's user namespace (user_namespaces(7)).</summary>
    void WriteIdMaps(int pid);

    /// <summary>Sets the clocks of the time namespace that the child has made (time_namespaces(7)).</summary>
    void SetTimeOffsets(int pid);

    /// <summary>Moves network devices into the child's network namespace.</summary>
    void MoveNetworkDevices(int pid);

    /// <summary>Runs the prestart and createRuntime hooks.</summary>
    void RunRuntimeHooks(int pid);

    /// <summary>Takes the terminal's master; the responder owns it.</summary>
    void TakeTerminal(Fd master);

    /// <summary>Takes the seccomp listener; the responder owns it.</summary>
    void TakeSeccompListener(int pid, Fd listener);

    /// <summary>
    /// Copies what a tmpfs covers into it; both fds stay the launcher's. With <paramref name="takesRoot"/> the tmpfs's
    /// own directory gets the owner and mode of the covered one. <paramref name="mount"/> is its place in /mounts.
    /// </summary>
    void CopyUp(int mount, Fd from, Fd to, bool takesRoot);

    /// <summary>
    /// Whether <see cref="Ready"/> may come while the child still sets itself up, where it asks for nothing else: the
    /// child then goes on without waiting. A failure of the child can follow.
    /// </summary>
    bool MayBeReadyAhead { get; }

    /// <summary>
    /// After <see cref="Ready"/> came ahead, the child takes longer than a launch does: it may be the guest that decides how
    /// long (its command lies on a slow filesystem), so nothing that others wait for is to be held any longer.
    /// </summary>
    void TakesLong();

    /// <summary>All is set up, or will be; when this returns the child goes on, or waits for `start`.</summary>
    /// <param name="pid">The child.</param>
    /// <param name="ahead">It still sets itself up: what is made of it is not to be entered or started by others yet.</param>
    void Ready(int pid, bool ahead);
}
