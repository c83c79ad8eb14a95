using Runtime.Launch;

namespace Runtime.Checkpoint;

/// <summary>What a caller asks of <c>restore</c>. Paths may be relative to the working directory.</summary>
public sealed record RestoreOptions
{
    /// <summary>What <c>create</c> takes too.</summary>
    public required CreateOptions Create { get; init; }

    /// <summary>Folder of the images.</summary>
    public required string ImagePath { get; init; }

    /// <summary>Folder of criu's log; null is that of the images.</summary>
    public string? WorkPath { get; init; }

    /// <summary>The rest.</summary>
    public required CriuSwitches Criu { get; init; }
}
