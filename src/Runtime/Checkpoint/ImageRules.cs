using OciSpec;
using Runtime.Namespaces.Resolution;

namespace Runtime.Checkpoint;

/// <summary>What a configuration allows the images of a checkpoint to say.</summary>
/// <param name="config">The bundle's configuration.</param>
/// <param name="keys">The keys of mounts from outside that the configuration gives a meaning (<see cref="ExternalMounts"/>).</param>
/// <param name="cgroupOptions">The options of the host's cgroup2 filesystem, which every mount of it shares.</param>
internal sealed class ImageRules(RuntimeConfig config, IEnumerable<string> keys, string cgroupOptions)
{
    private static readonly (uint Major, uint Minor)[] s_devices = [(0, 0), (1, 3), (1, 5), (1, 7), (1, 8), (1, 9), (5, 0), (5, 1), (5, 2)];

    private readonly NamespaceSet _namespaces = NamespaceSet.Of(config);
    private readonly HashSet<string> _keys = [.. keys];
    private readonly ulong _capabilities = CapabilitySets.From(config.Process?.Capabilities).All;

    /// <summary>The bundle's configuration.</summary>
    public RuntimeConfig Config { get; } = config;

    /// <summary>The options of the host's cgroup2 filesystem.</summary>
    public string CgroupOptions { get; } = cgroupOptions;

    /// <summary>The filter that the configuration asks for, compiled as for a launch; null for none.</summary>
    public SeccompFilter? Filter { get; init; }

    /// <summary>The ends of veths that the configuration has an end on the host for, by criu's own config file.</summary>
    public IReadOnlyCollection<string> ExternalVeths { get; init; } = [];

    /// <summary>The paths of files that the images have criu open or make, for <see cref="ImagePaths"/>.</summary>
    public List<(string Image, string Path)> Paths { get; } = [];

    /// <summary>The symlinks in archives.</summary>
    public List<(string Image, string Name)> Links { get; } = [];

    /// <summary>Whether the configuration makes a namespace of this kind, or joins one.</summary>
    public bool Has(string kind) => _namespaces.Lists(NamespaceSet.Flag(kind));

    /// <summary>Whether the configuration makes a namespace of this kind.</summary>
    public bool Makes(string kind) => _namespaces.Makes(NamespaceSet.Flag(kind));

    /// <summary>Whether a process could have this capability; over the host only without a user namespace.</summary>
    public bool Allows(int capability, bool overHost) => (_capabilities & (1UL << capability)) != 0 && (!overHost || !Has("user"));

    /// <summary>Whether the configuration says what this key of a mount stands for.</summary>
    public bool HasKey(string key) => _keys.Contains(key);

    /// <summary>Whether the configuration mounts a filesystem of this type.</summary>
    public bool Mounts(string type) => Config.Mounts?.Exists(m => m.Type == type) == true;

    /// <summary>Whether a guest may have a node of this device: one of the configuration's, a usual one, or it may make all.</summary>
    public bool AllowsDevice(bool isBlock, uint major, uint minor)
    {
        const int CAP_MKNOD = 27;
        return Allows(CAP_MKNOD, overHost: true)
            || (!isBlock && Array.IndexOf(s_devices, (major, minor)) >= 0)
            || Config.Linux?.Devices?.Exists(d => d.Major == major && d.Minor == minor && (d.Type == "b") == isBlock) == true;
    }

    /// <summary>As <see cref="RequirePath"/>, of a file that criu opens or makes: it is noted.</summary>
    /// <exception cref="ImageException">It has <c>..</c> in it, or is not absolute.</exception>
    public void TakePath(string image, string path) => Paths.Add((image, RequirePath(image, path)));

    /// <summary>Requires a path inside the guest that leads nowhere else, whatever it is resolved from.</summary>
    /// <exception cref="ImageException">It has <c>..</c> in it, or is not absolute.</exception>
    public static string RequirePath(string image, string path) =>
        path.StartsWith('/') && Array.IndexOf(path.Split('/'), "..") < 0
            ? path
            : throw new ImageException(image, $"\"{path}\" is no absolute path without \"..\"");
}
