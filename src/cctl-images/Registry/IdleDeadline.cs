namespace CctlImages.Registry;

/// <summary>Cancels what gets no further for a time.</summary>
internal sealed class IdleDeadline(TimeSpan idle, CancellationToken cancellation) : IDisposable
{
    private readonly CancellationTokenSource _source = CancellationTokenSource.CreateLinkedTokenSource(cancellation);

    /// <summary>Cancelled when the time is over, and with the outer one.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Starts the time anew.</summary>
    public void Restart() => _source.CancelAfter(idle);

    /// <summary>Stops the time: what happens now may last.</summary>
    public void Stop() => _source.CancelAfter(Timeout.InfiniteTimeSpan);

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();
}
