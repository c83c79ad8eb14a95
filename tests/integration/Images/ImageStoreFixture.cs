using Integration.Tests.Harness;

namespace Integration.Tests.Images;

/// <summary>A store of a test's own, and cctl's commands on it.</summary>
/// <param name="name">Where it is in the test's directory.</param>
internal sealed class ImageStoreFixture(string name = "store") : IDisposable
{
    // Layers of a container with a user namespace are idmapped, which the machine's kernel cannot do with a tmpfs.
    private readonly TempDir _directory = Place.IsVm ? new("/data") : new();

    /// <summary>The store's directory, which need not be there yet.</summary>
    public string Store => _directory[name];

    /// <summary>A directory for the test's files.</summary>
    public TempDir Directory => _directory;

    /// <summary>A command on images, to start or run.</summary>
    public Command Command(params string[] arguments) => new(Cctl.Executable, [arguments[0], "--store", Store, .. arguments[1..]]) { Timeout = Place.Deadline(60) };

    /// <summary>Runs a command on images to its end.</summary>
    public CommandResult Run(params string[] arguments) => Command(arguments).Run();

    /// <summary>Where the files of an image's only layer are.</summary>
    public string FilesOf(string image) => LayersOf(image).Single();

    /// <summary>Where the files of an image's layers are, from the lowest to the highest.</summary>
    public string[] LayersOf(string image) =>
        [.. Run("inspect", "--format", "{{.RootFS.Layers}}", image).MustSucceed().Text.Trim('[', ']').Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(d => $"{Store}/layers/{d.Replace(':', '/')}/fs")];

    /// <summary>Everything below the store but empty directories: what a failure must not leave more of.</summary>
    public string[] Content() => System.IO.Directory.Exists(Store)
        ? [.. System.IO.Directory.EnumerateFileSystemEntries(Store, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Where(e => !System.IO.Directory.Exists(e) || new DirectoryInfo(e).LinkTarget is not null).Select(e => e[Store.Length..]).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Removes it all; names that are not UTF-8 are none that .NET can remove.</summary>
    public void Dispose()
    {
        Harness.Command.Run("rm", "-rf", _directory.Path).MustSucceed();
        _directory.Dispose();
    }
}
