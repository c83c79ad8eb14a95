using System.Security.Cryptography;
using OciSpec.Image;
using Runtime.Images.Store;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Images.Fetch;

/// <summary>Fetches a blob into a file, from where an earlier attempt got to, and proves the whole by size and digest.</summary>
internal sealed class BlobDownload(IImageSource source, Descriptor blob, Fd file, Action<long> progress) : IDisposable
{
    private const int BufferBytes = 128 << 10;

    private readonly IncrementalHash _hash = Digests.Start(ContentDigest.Parse(blob.Digest!).Algorithm);
    private readonly byte[] _buffer = new byte[BufferBytes];

    /// <summary>Completes the file; its length.</summary>
    /// <exception cref="ImageException">It cannot be had, or is not what its digest says; a file that was proven wrong is empty.</exception>
    internal long Run()
    {
        long there = HashWhatIsThere();
        if (there < blob.Size)
        {
            there = Fetch(there);
        }

        ContentDigest digest = ContentDigest.Of(_hash.GetHashAndReset());
        if (there == blob.Size && digest.Text == blob.Digest)
        {
            return there;
        }

        Sys.TryFtruncate(file.Number, 0);
        throw new ImageException(there != blob.Size
            ? $"{source.Shown} gave {there} bytes, not {blob.Size}"
            : $"its digest is {digest}, not {blob.Digest}: it was changed or damaged on its way");
    }

    public void Dispose() => _hash.Dispose();

    private long HashWhatIsThere()
    {
        Sys.TryLseek(file.Number, 0, SEEK_SET, out _);
        long length = 0;
        int read;
        while ((read = Sys.Read(file.Number, _buffer)) > 0)
        {
            _hash.AppendData(_buffer, 0, read);
            length += read;
        }

        if (length > blob.Size)
        {
            Begin();
            return 0;
        }

        progress(length);
        return length;
    }

    private long Fetch(long offset)
    {
        using Stream content = source.OpenBlob(blob, offset, out long at);
        if (at != offset)
        {
            Begin();
        }

        int read;
        while ((read = content.Read(_buffer, 0, _buffer.Length)) > 0)
        {
            if (at + read > blob.Size)
            {
                Sys.TryFtruncate(file.Number, 0);
                throw new ImageException($"{source.Shown} gives more than the {blob.Size} bytes that it has");
            }

            Errno errno = Sys.TryWrite(file.Number, _buffer.AsSpan(0, read));
            if (errno != Errno.OK)
            {
                throw StoreDirectory.Failed("write", "the blob", errno);
            }

            _hash.AppendData(_buffer, 0, read);
            at += read;
            progress(at);
        }

        return at;
    }

    private void Begin()
    {
        Sys.TryFtruncate(file.Number, 0);
        Sys.TryLseek(file.Number, 0, SEEK_SET, out _);
        _hash.GetHashAndReset();
    }
}
