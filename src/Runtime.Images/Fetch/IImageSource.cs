using OciSpec.Image;

namespace Runtime.Images.Fetch;

/// <summary>Where an image comes from. What it gives is not trusted: sizes and digests are checked by who takes it.</summary>
public interface IImageSource : IDisposable
{
    /// <summary>How messages call the image.</summary>
    string Shown { get; }

    /// <summary>Whether blobs come over a network: they are then kept on disk while they come, and gone on with after a failure.</summary>
    bool IsRemote { get; }

    /// <summary>The repository, with its host, where it is one of a registry; else null.</summary>
    string? Repository => null;

    /// <summary>The document that the image's name stands for, an index or a manifest.</summary>
    /// <exception cref="ImageException">It cannot be had.</exception>
    SourceDocument GetRoot();

    /// <summary>A manifest or a config.</summary>
    /// <exception cref="ImageException">It cannot be had.</exception>
    byte[] GetDocument(Descriptor descriptor);

    /// <summary>A layer's content; several may be read at once, each by a thread of its own.</summary>
    /// <param name="descriptor">The layer.</param>
    /// <param name="offset">Where to begin.</param>
    /// <param name="beginsAt">Where it does begin: there, or at 0.</param>
    /// <exception cref="ImageException">It cannot be had.</exception>
    Stream OpenBlob(Descriptor descriptor, long offset, out long beginsAt);
}
