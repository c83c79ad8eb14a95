using System.Text;
using Runtime.Linux;

namespace Integration.Tests.Harness;

/// <summary>A directory for one test. Disposing unmounts what was mounted below it, then removes it without following links.</summary>
internal sealed class TempDir : IDisposable
{
    private const int MNT_DETACH = 2;
    private const int UMOUNT_NOFOLLOW = 8;

    /// <summary>
    /// Makes the directory, mode 0755: a guest with a user namespace must be able to reach below it. In the virtual machine
    /// /var/tmp is a tmpfs.
    /// </summary>
    public TempDir(string parent = "/var/tmp")
    {
        Path = System.IO.Path.Combine(parent, "cctl-test-" + Guid.NewGuid().ToString("N")[..12]);
        Directory.CreateDirectory(Path);
    }

    /// <summary>Its absolute path.</summary>
    public string Path { get; }

    /// <summary>The absolute path of a name below it.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a file below it, making the directories on the way.</summary>
    public string WriteFile(string name, string text, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead)
    {
        string path = this[name];
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        ProgramFiles.Write(path, text);
        File.SetUnixFileMode(path, mode);
        return path;
    }

    /// <summary>The mount points at or below it in this process's mount namespace, the innermost first.</summary>
    public IReadOnlyList<string> Mounts() => MountPoints().Where(m => m == Path || m.StartsWith(Path + "/", StringComparison.Ordinal)).Reverse().ToList();

    public void Dispose()
    {
        foreach (string mount in Mounts())
        {
            Sys.TryUmount2(mount, MNT_DETACH | UMOUNT_NOFOLLOW);
        }

        if (Mounts() is { Count: > 0 } left)
        {
            throw new IOException($"still mounted, so not removed: {string.Join(' ', left)}");
        }

        if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }

    private static IEnumerable<string> MountPoints() =>
        File.ReadLines("/proc/self/mountinfo").Select(line => Unescape(line.Split(' ')[4]));

    // proc(5): space, tab, newline and backslash are written as three octal digits.
    private static string Unescape(string path)
    {
        var text = new StringBuilder(path.Length);
        for (int i = 0; i < path.Length; i++)
        {
            if (path[i] == '\\' && i + 3 < path.Length)
            {
                text.Append((char)Convert.ToInt32(path.Substring(i + 1, 3), 8));
                i += 3;
            }
            else
            {
                text.Append(path[i]);
            }
        }

        return text.ToString();
    }
}
