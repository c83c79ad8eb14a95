namespace Runtime.Images.Sources;

/// <summary>Files of an image that lies in a directory or an archive.</summary>
internal interface IMemberStore : IDisposable
{
    /// <summary>How messages call it.</summary>
    string Shown { get; }

    /// <summary>Whether there is such a file.</summary>
    bool Has(string path);

    /// <summary>A small file whole.</summary>
    /// <exception cref="ImageException">It is missing, no file, or larger than <paramref name="most"/>.</exception>
    byte[] Read(string path, int most);

    /// <summary>A file's content from its beginning, and its length. Several may be read at once.</summary>
    /// <exception cref="ImageException">It is missing or no file.</exception>
    Stream Open(string path, out long length);
}
