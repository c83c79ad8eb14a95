using OciSpec;
using Runtime.Launch;
using Runtime.Linux;
using Runtime.Namespaces.Launch;
using Runtime.Seccomp;
using Runtime.Terminals;

namespace Runtime.Exec;

/// <summary>Does the runtime's part while a further process enters a guest.</summary>
internal sealed class ExecResponder(ExecOptions options, LinuxSeccomp? seccomp, ContainerState state, Action<int>? attach) : ILaunchResponder
{
    private Fd? _pidfd;

    /// <summary>The terminal's master, for an `exec` in the foreground; owned by this object's user.</summary>
    public Fd? Terminal { get; private set; }

    /// <inheritdoc/>
    public void Created(int pid, Fd pidfd) => _pidfd = pidfd;

    /// <inheritdoc/>
    public void TakeTerminal(Fd master) => Terminal = TerminalOwner.Take(master, options.ConsoleSocket);

    /// <inheritdoc/>
    public bool MayBeReadyAhead => false;

    /// <inheritdoc/>
    public void Ready(int pid, bool ahead) => ProcessAnnouncement.Make(options.PidFile, options.PidfdSocket, pid, _pidfd!);

    /// <inheritdoc/>
    public void TakeSeccompListener(int pid, Fd listener)
    {
        using Fd owned = listener;
        SeccompListener.Send(owned, seccomp!.ListenerPath!, seccomp.ListenerMetadata, pid, state);
    }

    /// <inheritdoc/>
    public void TakesLong() => throw NotAsked();

    /// <inheritdoc/>
    public void AttachCgroup(int pid) => (attach ?? throw NotAsked())(pid);

    /// <inheritdoc/>
    public void WriteIdMaps(int pid) => throw NotAsked();

    /// <inheritdoc/>
    public void SetTimeOffsets(int pid) => throw NotAsked();

    /// <inheritdoc/>
    public void MoveNetworkDevices(int pid) => throw NotAsked();

    /// <inheritdoc/>
    public void RunRuntimeHooks(int pid) => throw NotAsked();

    /// <inheritdoc/>
    public void CopyUp(int mount, Fd from, Fd to, bool takesRoot) => throw NotAsked();

    private static InvalidOperationException NotAsked() => new("the plan of an exec does not ask for this");
}
