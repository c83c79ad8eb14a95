using Runtime.Images;
using Runtime.Linux;

namespace CctlImages.Registry;

/// <summary>registries.yaml (docs/REGISTRIES.md). Later files go before earlier ones, a registry as a whole.</summary>
internal sealed class RegistriesConfig
{
    private const int Largest = 1 << 20;

    private readonly Dictionary<string, RegistryEntry> _registries = new(StringComparer.Ordinal);

    /// <summary>The user of the network process; null where no file says.</summary>
    public uint? User { get; set; }

    /// <summary>Its group; null where no file says.</summary>
    public uint? Group { get; set; }

    /// <summary>Reads files, of which any may be missing.</summary>
    /// <exception cref="ImageException">One cannot be read, or is malformed; the message has line and column.</exception>
    public static RegistriesConfig Read(IEnumerable<string> paths)
    {
        var config = new RegistriesConfig();
        foreach (string path in paths)
        {
            Errno errno = FileText.TryRead(Abi.AT_FDCWD, path, out byte[] bytes, Largest);
            switch (errno)
            {
                case Errno.OK:
                    new RegistriesReader(path, System.Text.Encoding.UTF8.GetString(bytes)).ReadInto(config);
                    break;
                case Errno.ENOENT or Errno.ENOTDIR:
                    break;
                default:
                    throw new ImageException($"{RegistryText.Safe(path)}: {errno.InWords()}");
            }
        }

        return config;
    }

    /// <summary>Reads one file's text.</summary>
    /// <exception cref="ImageException">It is malformed.</exception>
    public static RegistriesConfig Parse(string path, string text)
    {
        var config = new RegistriesConfig();
        new RegistriesReader(path, text).ReadInto(config);
        return config;
    }

    /// <summary>What is said of a host; null for nothing.</summary>
    public RegistryEntry? Find(string host) => _registries.GetValueOrDefault(host);

    /// <summary>Sets what is said of a host.</summary>
    public void Set(string host, RegistryEntry entry) => _registries[host] = entry;
}

/// <summary>What registries.yaml says of one registry.</summary>
internal sealed class RegistryEntry
{
    /// <summary><c>mirrors</c>: whom to ask before the registry itself.</summary>
    public IReadOnlyList<MirrorEntry> Mirrors { get; set; } = [];

    /// <summary><c>insecure</c>: HTTP first, and certificates are not checked.</summary>
    public bool Insecure { get; set; }

    /// <summary><c>ca</c>: a file of CA certificates, PEM.</summary>
    public string? Ca { get; set; }

    /// <summary><c>client-cert</c>: a file with the client's certificate, PEM.</summary>
    public string? ClientCert { get; set; }

    /// <summary><c>client-key</c>: a file with its key, PEM.</summary>
    public string? ClientKey { get; set; }

    /// <summary><c>prefix</c>: what comes before each repository there.</summary>
    public string Prefix { get; set; } = "";
}

/// <summary>A mirror, <c>HOST[:PORT][/PREFIX]</c>.</summary>
/// <param name="Host">Its host.</param>
/// <param name="Prefix">What comes before each repository there; empty for nothing.</param>
internal sealed record MirrorEntry(string Host, string Prefix);
