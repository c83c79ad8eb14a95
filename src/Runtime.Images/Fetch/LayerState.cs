namespace Runtime.Images.Fetch;

/// <summary>How far a layer is.</summary>
public enum LayerState
{
    /// <summary>Another process fetches it; this one waits.</summary>
    Waiting,

    /// <summary>It is being fetched.</summary>
    Fetching,

    /// <summary>It is being unpacked.</summary>
    Unpacking,

    /// <summary>It is unpacked and proven.</summary>
    Done,

    /// <summary>The store had it already.</summary>
    AlreadyThere,
}
