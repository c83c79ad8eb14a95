using Runtime.Images;

namespace CctlImages.Commands;

/// <summary>A directory, which may have other images already. Each file gets its name when it is whole.</summary>
internal sealed class DirectoryOutput(string directory) : IImageOutput
{
    public void AddBlob(string path, long size, Action<Stream> write)
    {
        string file = Path.Combine(directory, path);
        if (!File.Exists(file) || new FileInfo(file).Length != size)
        {
            WholeFile.Write(file, write);
        }
    }

    public void AddDocument(string path, byte[] bytes) => WholeFile.Write(Path.Combine(directory, path), s => s.Write(bytes));

    public byte[]? Find(string path)
    {
        string file = Path.Combine(directory, path);
        try
        {
            return File.Exists(file) ? File.ReadAllBytes(file) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ImageException($"{file}: {e.Message}", e);
        }
    }
}
