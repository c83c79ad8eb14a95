using Integration.Tests.Harness;

namespace Integration.Tests.Stacks;

/// <summary>A daemon's directory on the scratch disk: overlayfs does not take the machine's own root. Disposing unmounts and removes it.</summary>
internal sealed class StackDirectory : IDisposable
{
    /// <summary>Makes it.</summary>
    public StackDirectory(string name)
    {
        Path = $"/data/stack-{name}";
        Directory.CreateDirectory(Path);
    }

    /// <summary>Its absolute path.</summary>
    public string Path { get; }

    /// <summary>The absolute path of a name below it.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a file below it.</summary>
    public string Write(string name, string text)
    {
        File.WriteAllText(this[name], text);
        return this[name];
    }

    public void Dispose()
    {
        Command.Run("sh", "-c", $"grep -o ' {Path}[^ ]* ' /proc/self/mountinfo | sort -r | xargs -r umount -l; rm -rf --one-file-system {Path}");
    }
}
