using CctlImages.Credentials;

namespace CctlImages.Registry;

/// <summary>One host that serves a repository: the registry itself, or a mirror of it.</summary>
/// <param name="Host">As in an image's name, <c>HOST[:PORT]</c>.</param>
internal sealed record Endpoint(string Host)
{
    /// <summary>Docker Hub's registry answers at another name than images have.</summary>
    private const string HubRegistry = "registry-1.docker.io";

    /// <summary>What comes before the repository there; empty, or a path without slashes at its ends.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Whether HTTP is tried first, and certificates are not checked.</summary>
    public bool Insecure { get; init; }

    /// <summary>CA certificates beside the system's, PEM.</summary>
    public byte[] Authorities { get; init; } = [];

    /// <summary>The client's certificate with its chain, PEM; empty for none.</summary>
    public byte[] ClientCertificate { get; init; } = [];

    /// <summary>The client's key, PEM.</summary>
    public byte[] ClientKey { get; init; } = [];

    /// <summary>Who asks; null for anybody.</summary>
    public Credential? Credential { get; init; }

    /// <summary>The host's name for connections.</summary>
    public string Authority => Host == Runtime.Images.References.ImageReference.DefaultHost ? HubRegistry : Host;

    /// <summary>Whether it is this machine: <c>localhost</c>, 127.0.0.0/8, ::1.</summary>
    public bool IsLoopback => IsLoopbackHost(Host);

    /// <summary>Whether plain HTTP may be spoken.</summary>
    public bool AllowsHttp => Insecure || IsLoopback;

    /// <summary>The repository's name there.</summary>
    public string Repository(string repository) => Prefix.Length == 0 ? repository : $"{Prefix}/{repository}";

    /// <summary>Whether both are the same in everything: then their connections and tokens are, too.</summary>
    public bool Equals(Endpoint? other) =>
        other is not null && Host == other.Host && Prefix == other.Prefix && Insecure == other.Insecure && Credential == other.Credential
        && Authorities.AsSpan().SequenceEqual(other.Authorities) && ClientCertificate.AsSpan().SequenceEqual(other.ClientCertificate)
        && ClientKey.AsSpan().SequenceEqual(other.ClientKey);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Host, Prefix, Insecure);

    /// <summary>Whether <c>HOST[:PORT]</c> is this machine.</summary>
    public static bool IsLoopbackHost(string host)
    {
        int end = host.StartsWith('[') ? host.IndexOf(']', StringComparison.Ordinal) + 1 : host.IndexOf(':', StringComparison.Ordinal);
        string name = (end <= 0 ? host : host[..end]).Trim('[', ']');
        return name == "localhost" || (System.Net.IPAddress.TryParse(name, out System.Net.IPAddress? address) && System.Net.IPAddress.IsLoopback(address));
    }
}
