using Runtime.Linux;
using Runtime.State;
using static Runtime.Linux.Abi;

namespace Runtime.Lifecycle;

/// <summary>Ends containers: by the signal that they end on, and by SIGKILL when they are not gone in time.</summary>
public static class ContainerStopper
{
    private const string StopSignal = "org.opencontainers.image.stopSignal"; // image-spec conversion.md

    /// <summary>Ends one; nothing where it has ended.</summary>
    /// <param name="store">The state.</param>
    /// <param name="id">The container.</param>
    /// <param name="signal">The signal; null for the one that its image names, else SIGTERM.</param>
    /// <param name="patience">How long to wait before SIGKILL; null for ever.</param>
    /// <exception cref="ContainerException">It does not exist, or does not end.</exception>
    public static void Stop(StateStore store, string id, int? signal, TimeSpan? patience)
    {
        const int LastMilliseconds = 10_000;
        ContainerView view = ContainerView.Of(store, id);
        if (view.Status == ContainerStatus.Stopped || view.Record?.Init.TryOpenLiving() is not { } opened)
        {
            return;
        }

        using Fd pidfd = opened;
        int number = signal ?? (view.Record.Annotations?.GetValueOrDefault(StopSignal) is { } named && SignalNames.TryParse(named) is int known ? known : SIGTERM);
        ContainerKiller.Signal(store, view.Id, number);
        if (view.Status == ContainerStatus.Paused)
        {
            ContainerFreezer.Resume(store, view.Id); // A frozen process meets its signal when it thaws.
        }

        if (!Sys.PollIn(pidfd.Number, patience is null ? -1 : (int)patience.Value.TotalMilliseconds))
        {
            ContainerKiller.SignalAll(store, view.Id, SIGKILL);
            if (!Sys.PollIn(pidfd.Number, LastMilliseconds))
            {
                throw new ContainerException($"container \"{id}\": its first process does not end by SIGKILL: it waits for the kernel (a disk, a network filesystem)");
            }
        }
    }
}
