namespace CctlImages.Commands;

/// <summary>Where an image's files go: an archive, or a directory.</summary>
internal interface IImageOutput
{
    /// <summary>Adds a file, unless it is there already; a blob of that name is the same.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="size">Its bytes.</param>
    /// <param name="write">Writes it.</param>
    void AddBlob(string path, long size, Action<Stream> write);

    /// <summary>Adds a small file that says what there is, when all that it names is there.</summary>
    void AddDocument(string path, byte[] bytes);

    /// <summary>A document that is there already; null where it is not.</summary>
    byte[]? Find(string path);
}
