namespace Runtime.Images.Tar;

/// <summary>Gets every byte of an archive but the content of its entries, in order.</summary>
public interface ITarRecorder
{
    /// <summary>Bytes of headers, padding, maps and what follows the archive's end.</summary>
    void Raw(ReadOnlySpan<byte> bytes);
}
