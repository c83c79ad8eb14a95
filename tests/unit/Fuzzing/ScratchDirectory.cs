namespace Unit.Tests.Fuzzing;

/// <summary>A directory for one input: in memory where that can be had, else a disk would be what is measured.</summary>
internal sealed class ScratchDirectory : IDisposable
{
    private const string Memory = "/dev/shm";

    public ScratchDirectory() =>
        Path = Directory.CreateDirectory(System.IO.Path.Combine(Directory.Exists(Memory) ? Memory : System.IO.Path.GetTempPath(), $"cctl-unit-{Guid.NewGuid():N}")).FullName;

    public string Path { get; }

    public void Dispose() => Remove(Path);

    // Modes that an archive gave its directories hold for others than root.
    private static void Remove(string directory)
    {
        foreach (string inner in Directory.GetDirectories(directory).Where(d => new FileInfo(d).LinkTarget is null))
        {
            File.SetUnixFileMode(inner, (UnixFileMode)0b111_000_000);
            Remove(inner);
        }

        Directory.Delete(directory, recursive: true);
    }
}
