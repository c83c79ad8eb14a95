namespace CctlImages.Registry;

/// <summary>Where an upload's bytes come from: any part of them, as often as it is asked for.</summary>
internal interface IUploadSource
{
    /// <summary>How many there are.</summary>
    long Length { get; }

    /// <summary>Fills a buffer from an offset on.</summary>
    /// <returns>How many bytes, at least one.</returns>
    /// <exception cref="UploadSourceException">They cannot be had.</exception>
    ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellation);
}
