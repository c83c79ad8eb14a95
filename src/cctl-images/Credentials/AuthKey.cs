using Runtime.Images.References;

namespace CctlImages.Credentials;

/// <summary>Keys of credentials files: <c>HOST</c>, <c>HOST/PATH</c> of podman's, <c>https://HOST/v1/</c> of old docker's.</summary>
internal static class AuthKey
{
    /// <summary>Docker Hub's key in docker's files, and the name that helpers know it by.</summary>
    public const string Hub = "https://index.docker.io/v1/";

    /// <summary>How well a key fits a repository: the length of what it names, or −1 where it is for another.</summary>
    public static int Fit(string key, string host, string repository)
    {
        string wanted = $"{host}/{repository}";
        string named = Normal(key);
        return named == wanted || wanted.StartsWith(named + "/", StringComparison.Ordinal) ? named.Length : -1;
    }

    /// <summary>The key without scheme and API version, under the name that images have.</summary>
    public static string Normal(string key)
    {
        int scheme = key.IndexOf("://", StringComparison.Ordinal);
        string rest = scheme < 0 ? key : key[(scheme + 3)..];
        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        string host = slash < 0 ? rest : rest[..slash];
        // With a scheme it is docker's, of whose path nothing counts.
        string path = slash < 0 || scheme >= 0 ? "" : rest[slash..].TrimEnd('/');
        path = path is "/v1" or "/v2" ? "" : path;
        return (host is "index.docker.io" or "registry-1.docker.io" ? ImageReference.DefaultHost : host) + path;
    }

    /// <summary>What helpers know a host by.</summary>
    public static string ForHelper(string host) => host == ImageReference.DefaultHost ? Hub : host;
}
