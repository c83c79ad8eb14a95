using Runtime.Linux;
using Runtime.Linux.Files;

namespace Unit.Tests.Fuzzing;

/// <summary>A directory for one input: in memory where that can be had, else a disk would be what is measured.</summary>
internal sealed class ScratchDirectory : IDisposable
{
    private const string Memory = "/dev/shm";

    public ScratchDirectory() =>
        Path = Directory.CreateDirectory(System.IO.Path.Combine(Directory.Exists(Memory) ? Memory : System.IO.Path.GetTempPath(), $"cctl-unit-{Guid.NewGuid():N}")).FullName;

    public string Path { get; }

    // By the runtime's own removal: .NET's cannot remove a name that is not UTF-8. Modes of the archive's hold for others than root.
    public void Dispose()
    {
        OpenModes(Path);
        using Fd parent = Sys.OpenAt(Abi.AT_FDCWD, System.IO.Path.GetDirectoryName(Path)!, Abi.O_RDONLY | Abi.O_DIRECTORY);
        Assert.Equal(Errno.OK, Root.TryRemove(parent.Number, System.IO.Path.GetFileName(Path)));
    }

    private static void OpenModes(string directory)
    {
        foreach (string inner in Directory.GetDirectories(directory).Where(d => new FileInfo(d).LinkTarget is null && Directory.Exists(d)))
        {
            File.SetUnixFileMode(inner, (UnixFileMode)0b111_000_000);
            OpenModes(inner);
        }
    }
}
