using OciSpec;
using Runtime.Cgroups;

namespace Unit.Tests.Cgroups;

/// <summary>A directory of plain files in the place of a cgroup mount, removed at the end.</summary>
internal sealed class FakeCgroupfs : IDisposable
{
    public FakeCgroupfs() => Directory.CreateDirectory(Root);

    public string Root { get; } = Path.Combine(Path.GetTempPath(), "cctl-cgroupfs-" + Guid.NewGuid().ToString("N"));

    /// <summary>Resources that need no device filter, which only a real cgroup can have.</summary>
    public static LinuxResources Unfiltered(LinuxResources? resources = null)
    {
        resources ??= new LinuxResources();
        resources.Devices = [new LinuxDeviceCgroup { Allow = true }];
        return resources;
    }

    public CgroupMount Mount() => CgroupMount.At(Root);

    public void Write(string path, string text)
    {
        string full = Path.Combine(Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    public string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    public bool Exists(string path) => Path.Exists(Path.Combine(Root, path));

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
