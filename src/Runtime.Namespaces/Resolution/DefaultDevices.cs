namespace Runtime.Namespaces.Resolution;

/// <summary>The devices that every guest has (config-linux.md, "Default Devices"). /dev/console and /dev/ptmx are made otherwise.</summary>
public static class DefaultDevices
{
    /// <summary>Read and write for all.</summary>
    public const int Mode = 0b110_110_110;

    private static readonly (string Name, uint Major, uint Minor)[] s_all =
        [("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0)];

    /// <summary>Character devices: name below /dev, major and minor number.</summary>
    public static IReadOnlyList<(string Name, uint Major, uint Minor)> All => s_all;

    /// <summary>The name of the device with these numbers; null where it is none of these.</summary>
    public static string? Find(uint major, uint minor) => Array.Find(s_all, d => d.Major == major && d.Minor == minor).Name;
}
