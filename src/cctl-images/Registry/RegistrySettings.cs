using System.Collections.Concurrent;
using CctlImages.Credentials;
using Runtime.Images;
using Runtime.Images.References;

namespace CctlImages.Registry;

/// <summary>
/// What is set up on this machine about registries: registries.yaml, certificates, credentials, proxies. All of it is read by this
/// process; the network process gets what a request needs.
/// </summary>
internal sealed class RegistrySettings
{
    /// <summary>The user and group that a network process of root's runs as: nobody and nogroup, who own nothing.</summary>
    public const uint Nobody = 65534;

    private readonly ConcurrentDictionary<(string Host, string Prefix), Endpoint> _endpoints = [];

    /// <summary>The settings of these parts.</summary>
    public RegistrySettings(RegistriesConfig config, CredentialStore credentials)
    {
        Config = config;
        Credentials = credentials;
        User = config.User ?? Nobody;
        Group = config.Group ?? config.User ?? Nobody;
    }

    /// <summary>registries.yaml.</summary>
    public RegistriesConfig Config { get; }

    /// <summary>Who one is.</summary>
    public CredentialStore Credentials { get; }

    /// <summary>Where certificates are looked for.</summary>
    public IReadOnlyList<string> CertificateDirectories { get; init; } = [];

    /// <summary>Hosts that may be spoken to in plain HTTP beside those of registries.yaml: the command line's.</summary>
    public IReadOnlyCollection<string> InsecureHosts { get; init; } = [];

    /// <summary>How the client behaves.</summary>
    public ClientOptions Options { get; init; } = new();

    /// <summary>The user that the network process runs as where it is started by root.</summary>
    public uint User { get; init; }

    /// <summary>Its group.</summary>
    public uint Group { get; init; }

    /// <summary>The program that is the network process.</summary>
    public string Program { get; init; } = "/proc/self/exe";

    /// <summary>The settings of this machine and this user.</summary>
    /// <exception cref="ImageException">A file is malformed or cannot be read.</exception>
    public static RegistrySettings Load(IReadOnlyCollection<string> insecureHosts)
    {
        string home = Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } set ? set : "/root";
        string config = Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } moved ? moved : Path.Combine(home, ".config");
        return new RegistrySettings(
            RegistriesConfig.Read(["/etc/cctl/registries.yaml", Path.Combine(config, "cctl/registries.yaml")]),
            CredentialStore.FromEnvironment(Environment.GetEnvironmentVariable))
        {
            CertificateDirectories = ["/etc/cctl/certs.d", "/etc/docker/certs.d", "/etc/containers/certs.d", Path.Combine(config, "containers/certs.d")],
            InsecureHosts = insecureHosts,
            Options = new ClientOptions { Proxies = Proxies() },
        };
    }

    /// <summary>Whom to ask for a repository: its mirrors and then the registry, or the registry alone where something is written.</summary>
    /// <exception cref="ImageException">A certificate, a credentials file or a helper is at fault.</exception>
    public IReadOnlyList<Endpoint> EndpointsOf(ImageReference repository, bool pushes)
    {
        var endpoints = new List<Endpoint>();
        RegistryEntry? entry = Config.Find(repository.Host);
        foreach (MirrorEntry mirror in pushes ? [] : entry?.Mirrors ?? [])
        {
            endpoints.Add(EndpointOf(mirror.Host, mirror.Prefix, repository.Repository));
        }

        endpoints.Add(EndpointOf(repository.Host, entry?.Prefix ?? "", repository.Repository));
        return endpoints;
    }

    /// <summary>Whether there are credentials for a repository.</summary>
    public bool HasCredential(ImageReference repository) => Credentials.Find(repository.Host, repository.Repository) is not null;

    /// <summary>A host as a login asks it.</summary>
    public Endpoint ForLogin(string host, string user, string password) => Bare(host, "") with { Credential = new Credential(user, password) };

    /// <summary>The environment of the network process: what its TLS reads, and nothing else.</summary>
    public static IEnumerable<string> ChildEnvironment()
    {
        foreach (string name in new[] { "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR" })
        {
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value)
            {
                yield return $"{name}={value}";
            }
        }
    }

    private static ProxyRules Proxies()
    {
        try
        {
            return ProxyRules.FromEnvironment(Environment.GetEnvironmentVariable);
        }
        catch (FormatException e)
        {
            throw new ImageException(e.Message, e);
        }
    }

    private Endpoint EndpointOf(string host, string prefix, string repository)
    {
        Endpoint bare = Bare(host, prefix);
        return bare with { Credential = Credentials.Find(host, bare.Repository(repository)) };
    }

    private Endpoint Bare(string host, string prefix) => _endpoints.GetOrAdd((host, prefix), key =>
    {
        RegistryEntry? entry = Config.Find(key.Host);
        return CertificateFiles.AddTo(
            new Endpoint(key.Host) { Prefix = key.Prefix, Insecure = entry?.Insecure == true || InsecureHosts.Contains(key.Host) }, entry, CertificateDirectories);
    });
}
