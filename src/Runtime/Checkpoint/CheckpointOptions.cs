namespace Runtime.Checkpoint;

/// <summary>What a caller asks of <c>checkpoint</c>. Paths may be relative to the working directory.</summary>
public sealed record CheckpointOptions
{
    /// <summary>The container.</summary>
    public required string Id { get; init; }

    /// <summary>State root, absolute.</summary>
    public required string StateRoot { get; init; }

    /// <summary>Folder of the images; made where it is missing.</summary>
    public required string ImagePath { get; init; }

    /// <summary>Folder of criu's log; null is that of the images.</summary>
    public string? WorkPath { get; init; }

    /// <summary>Write memory only, and let the container go on: the first step of a short checkpoint.</summary>
    public bool PreDump { get; init; }

    /// <summary>A descriptor that gets a zero byte once pages can be fetched; −1 for none. Closed then.</summary>
    public int StatusFd { get; init; } = -1;

    /// <summary>The rest.</summary>
    public required CriuSwitches Criu { get; init; }
}
