using Runtime.Images;

namespace CctlImages.Commands;

/// <summary>A file that is there whole, or as it was before: written beside its place, and renamed.</summary>
internal static class WholeFile
{
    /// <summary>Writes it, making its directory where it is missing.</summary>
    /// <exception cref="ImageException">It cannot be written.</exception>
    internal static void Write(string path, Action<Stream> write)
    {
        string temporary = $"{path}.{Environment.ProcessId}.new";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!, (UnixFileMode)0b111_101_101);
            using (var file = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, UnixCreateMode = (UnixFileMode)0b110_100_100 }))
            {
                write(file);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Remove(temporary);
            throw new ImageException($"{path}: {e.Message}", e);
        }
        catch
        {
            Remove(temporary);
            throw;
        }
    }

    private static void Remove(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What kept it from being written is said already.
        }
    }
}
