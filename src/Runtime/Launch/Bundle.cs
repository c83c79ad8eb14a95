using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Launch;

/// <summary>A bundle: a directory with a configuration and, as a rule, a root filesystem (bundle.md).</summary>
public sealed class Bundle
{
    private Bundle(byte[] bytes, ResolvedConfig resolved)
    {
        ConfigBytes = bytes;
        Resolved = resolved;
    }

    /// <summary>Absolute path of the directory.</summary>
    public string Path => Resolved.Bundle;

    /// <summary>The configuration as it was read, for the copy that `exec` reads.</summary>
    public byte[] ConfigBytes { get; }

    /// <summary>The validated configuration.</summary>
    public RuntimeConfig Config => Resolved.Config;

    /// <summary>The configuration, and what the host says of it.</summary>
    public ResolvedConfig Resolved { get; }

    /// <summary>Absolute path of the root filesystem.</summary>
    public string RootPath => Resolved.RootPath;

    /// <summary>Whether there are hooks that the guest's first process runs itself.</summary>
    public bool RunsHooksInGuest => Config.Hooks is { CreateContainer.Count: > 0 } or { StartContainer.Count: > 0 };

    /// <summary>Reads and checks a bundle.</summary>
    /// <exception cref="ConfigException">The configuration is damaged or wrong.</exception>
    /// <exception cref="ContainerException">There is none.</exception>
    public static Bundle Open(CreateOptions options) => options.Config is { } config
        ? Of("the composed config", config, System.IO.Path.GetFullPath(options.Bundle), options.Layered)
        : Open(options.Bundle, options.ConfigFile);

    /// <summary>Reads and checks a bundle; <paramref name="configFile"/> null means its config.json.</summary>
    public static Bundle Open(string bundle, string? configFile)
    {
        string path = bundle.Length > 0 ? System.IO.Path.GetFullPath(bundle) : throw new ContainerException("--bundle: empty: name the bundle's directory");
        string file = configFile ?? path + "/config.json";
        Errno errno = DocumentFile.TryRead(file, out byte[] bytes);
        if (errno == Errno.ENODATA)
        {
            throw new ContainerException($"read {file}: {DocumentFile.InWords(errno)}");
        }

        if (errno != Errno.OK)
        {
            throw new ContainerException($"read {file}: {errno.Name()}: {Hint(errno, path, file)}");
        }

        return Of(file, bytes, path, layered: null);
    }

    private static Bundle Of(string file, byte[] bytes, string path, LayeredRoot? layered)
    {
        RuntimeConfig config = DocumentFile.Config(file, bytes);
        foreach (ConfigProblem warning in ConfigValidator.Validate(config))
        {
            RuntimeLog.Warn($"{warning.Pointer}: {warning.Detail}");
        }

        return new Bundle(bytes, ResolvedConfig.Of(config, path, layered));
    }

    /// <summary>The most bytes that a configuration may have.</summary>
    public const int LongestConfig = 16 << 20;

    private static string Hint(Errno errno, string bundle, string file) => errno switch
    {
        Errno.ENOENT when !Directory.Exists(bundle) => $"no such file or directory: the bundle {bundle} does not exist",
        Errno.ENOENT when file != bundle + "/config.json" => "no such file or directory: --config is relative to the working directory, not to the bundle",
        Errno.ENOTDIR when System.IO.File.Exists(bundle) => $"not a directory: the bundle {bundle} is a file: a bundle is a directory with a config.json",
        Errno.ELOOP => "too many levels of symbolic links: the links lead in a circle",
        Errno.EISDIR => "is a directory: name the configuration itself",
        Errno.ENOENT => "no such file or directory: name a bundle with --bundle, or make one with cctl spec",
        Errno.EFBIG => "a configuration has at most 16 MiB",
        _ => errno.Meaning(),
    };
}
