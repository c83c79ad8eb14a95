using OciSpec.Image;
using Runtime.Linux;

namespace Runtime.Images.References;

/// <summary>
/// An image's full name, <c>HOST/REPOSITORY[:TAG][@DIGEST]</c> (distribution-spec, pulling manifests). A name without a host is
/// Docker Hub's, and there one without a slash is an official image's, as docker has it: <c>alpine</c> is
/// <c>docker.io/library/alpine:latest</c>. The first part is a host where it has a dot or a colon, or is <c>localhost</c>.
/// </summary>
public sealed record ImageReference
{
    /// <summary>The host that names without one are of.</summary>
    public const string DefaultHost = "docker.io";

    /// <summary>The tag of names with neither tag nor digest.</summary>
    public const string DefaultTag = "latest";

    private const string Official = "library/";

    private ImageReference(string host, string repository, string? tag, ContentDigest? digest)
    {
        Host = host;
        Repository = repository;
        Tag = tag;
        Digest = digest;
    }

    /// <summary>The registry, <c>HOST[:PORT]</c>.</summary>
    public string Host { get; }

    /// <summary>The repository, as <c>library/alpine</c>.</summary>
    public string Repository { get; }

    /// <summary>The tag; null where only a digest is named.</summary>
    public string? Tag { get; }

    /// <summary>The manifest's digest; null where none is named.</summary>
    public ContentDigest? Digest { get; }

    /// <summary>What the registry is asked for: the digest, or the tag.</summary>
    public string Target => Digest?.Text ?? Tag!;

    /// <summary>Repository with host, without tag and digest.</summary>
    public string Name => $"{Host}/{Repository}";

    /// <summary>The name as a person writes it: without <c>docker.io</c> and <c>library/</c>, where what is left is not another registry's.</summary>
    public string FamiliarName =>
        Host != DefaultHost ? Name
        : Repository.StartsWith(Official, StringComparison.Ordinal) && !Repository.AsSpan(Official.Length).Contains('/') ? Repository[Official.Length..]
        : IsHost(Repository.AsSpan(0, Math.Max(Repository.IndexOf('/', StringComparison.Ordinal), 0))) ? Name
        : Repository;

    /// <summary>Reads a name that a person or a file gives.</summary>
    /// <exception cref="ImageException">It is not an image's name; the message says where.</exception>
    public static ImageReference Parse(string text)
    {
        string rest = text;
        ContentDigest? digest = null;
        int at = rest.IndexOf('@', StringComparison.Ordinal);
        if (at >= 0)
        {
            string named = rest[(at + 1)..];
            digest = ContentDigest.Problem(named) is { } problem ? throw Invalid(text, $"behind the @ stands a digest: {problem}") : ContentDigest.Parse(named);
            rest = rest[..at];
        }

        string host = DefaultHost;
        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        if (slash > 0 && IsHost(rest.AsSpan(0, slash)))
        {
            host = rest[..slash];
            rest = rest[(slash + 1)..];
            CheckHost(text, host);
            host = host == "index.docker.io" ? DefaultHost : host;
        }

        string? tag = null;
        int colon = rest.LastIndexOf(':');
        if (colon >= 0 && rest.IndexOf('/', colon) < 0)
        {
            tag = CheckTag(text, rest[(colon + 1)..]);
            rest = rest[..colon];
        }

        CheckRepository(text, rest);
        string repository = host == DefaultHost && !rest.Contains('/', StringComparison.Ordinal) ? Official + rest : rest;
        return new ImageReference(host, repository, tag ?? (digest is null ? DefaultTag : null), digest);
    }

    /// <summary>The same repository with another tag.</summary>
    public ImageReference WithTag(string tag) => new(Host, Repository, tag, null);

    /// <summary>The same repository, and a manifest of it.</summary>
    public ImageReference WithDigest(ContentDigest digest) => new(Host, Repository, null, digest);

    /// <summary>The name as a person writes it, with tag and digest.</summary>
    public string Familiar => FamiliarName + Suffix;

    /// <summary>The full name.</summary>
    public override string ToString() => Name + Suffix;

    private string Suffix => (Tag is null ? "" : ":" + Tag) + (Digest is { } digest ? "@" + digest.Text : "");

    private static bool IsHost(ReadOnlySpan<char> part) => part.ContainsAny('.', ':', '[') || part is "localhost" || part.ContainsAnyInRange('A', 'Z');

    /// <summary>Whether it is a registry's name, <c>HOST[:PORT]</c>.</summary>
    public static bool IsHostName(string text) => HostProblem(text) is null;

    /// <summary>Whether it is a repository's name, or the beginning of one.</summary>
    public static bool IsRepository(string text) => text.Length is > 0 and <= 255 && text.Split('/').All(part => IsComponent(part));

    private static void CheckHost(string text, string host)
    {
        if (HostProblem(host) is { } problem)
        {
            throw Invalid(text, problem);
        }
    }

    private static string? HostProblem(string host)
    {
        int end = host.StartsWith('[') ? host.IndexOf(']', StringComparison.Ordinal) + 1 : Math.Max(host.IndexOf(':', StringComparison.Ordinal), 0);
        string name = end == 0 ? host : host[..end];
        string port = host[name.Length..];
        bool address = name.StartsWith('[') && name.EndsWith(']') && System.Net.IPAddress.TryParse(name[1..^1], out _);
        bool valid = address || (name.Length > 0 && name[0] is not ('.' or '-') && !name.AsSpan().ContainsAnyExcept(HostCharacters));
        bool validPort = port.Length == 0 || (port[0] == ':' && ushort.TryParse(port.AsSpan(1), System.Globalization.NumberStyles.None, null, out ushort number) && number != 0);
        return valid && validPort ? null : valid ? $"\"{port.TrimStart(':')}\" is not a port" : $"\"{host}\" is not a host's name";
    }

    /// <summary>Whether it is a tag: up to 128 letters, digits, _ . and -, the first neither . nor -.</summary>
    public static bool IsTag(string text) => text.Length is > 0 and <= 128 && text[0] is not ('.' or '-') && !text.AsSpan().ContainsAnyExcept(TagCharacters);

    private static string CheckTag(string text, string tag) =>
        !IsTag(tag)
            ? throw Invalid(text, tag.Length == 0 ? "behind the colon stands a tag" : $"\"{tag}\" is not a tag: up to 128 letters, digits, _ . and -, the first neither . nor -")
            : tag;

    private static void CheckRepository(string text, string repository)
    {
        if (repository.Length == 0)
        {
            throw Invalid(text, "a repository is missing");
        }

        if (repository.Length > 255)
        {
            throw Invalid(text, $"a repository of {repository.Length} characters: at most 255 are allowed");
        }

        foreach (string part in repository.Split('/'))
        {
            if (!IsComponent(part))
            {
                string hint = part.AsSpan().ContainsAnyInRange('A', 'Z') ? $": write {repository.ToLowerInvariant()}" : "";
                throw Invalid(text, part.Length == 0 ? "there is nothing between two slashes" : $"\"{part}\" is not part of a repository's name: lower-case letters and digits, with single . _ __ or dashes between them{hint}");
            }
        }
    }

    // [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)* of distribution-spec.
    private static bool IsComponent(ReadOnlySpan<char> part)
    {
        int separators = 0;
        for (int i = 0; i < part.Length; i++)
        {
            char c = part[i];
            if (char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c))
            {
                separators = 0;
                continue;
            }

            separators++;
            bool again = separators > 1;
            if (i == 0 || c is not ('.' or '_' or '-') || (again && (c == '.' || part[i - 1] != c || (c == '_' && separators > 2))))
            {
                return false;
            }
        }

        return part.Length > 0 && separators == 0;
    }

    private static ImageException Invalid(string text, string detail) => new($"\"{Printable(text)}\" is not an image's name: {Printable(detail)}");

    private static string Printable(string text) => SafeText.Of(text.Length > 300 ? text[..300] : text);

    private static System.Buffers.SearchValues<char> HostCharacters { get; } = System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-");

    private static System.Buffers.SearchValues<char> TagCharacters { get; } = System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
}
