using OciSpec.Image;

namespace Runtime.Images.Fetch;

/// <summary>Learns how far a pull or a load is. Called by several threads.</summary>
public interface IFetchProgress
{
    /// <summary>All layers are known, from the lowest to the highest.</summary>
    void Layers(IReadOnlyList<(ContentDigest Blob, long Bytes)> layers);

    /// <summary>So many bytes of a layer are there.</summary>
    void Fetched(ContentDigest blob, long bytes);

    /// <summary>A layer has come to another state.</summary>
    void Became(ContentDigest blob, LayerState state);

    /// <summary>Something that its user should know.</summary>
    void Warn(string message);
}
