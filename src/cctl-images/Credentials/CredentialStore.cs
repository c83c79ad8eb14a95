using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using CctlImages.Registry;
using Runtime.Images;
using Runtime.Images.References;
using Runtime.Linux;

namespace CctlImages.Credentials;

/// <summary>
/// Who one is to registries, by the files of podman and docker: $REGISTRY_AUTH_FILE alone where it is set; else
/// $XDG_RUNTIME_DIR/containers/auth.json, ~/.config/containers/auth.json and $DOCKER_CONFIG/config.json (~/.docker), the first that says
/// something. Every answer is kept: a helper runs once for each registry.
/// </summary>
internal sealed class CredentialStore
{
    private readonly string[] _paths;
    private readonly string _loginPath;
    private readonly string _searchPath;
    private readonly Dictionary<(string, string), Credential?> _found = [];
    private readonly Lock _finding = new();
    private AuthFile?[]? _files;

    private CredentialStore(string[] paths, string loginPath, string searchPath) => (_paths, _loginPath, _searchPath) = (paths, loginPath, searchPath);

    /// <summary>The file that a login goes into.</summary>
    public string LoginPath => _loginPath;

    /// <summary>The store that an environment names.</summary>
    public static CredentialStore FromEnvironment(Func<string, string?> variable)
    {
        string Value(string name) => variable(name) ?? "";
        if (Value("REGISTRY_AUTH_FILE") is { Length: > 0 } only)
        {
            return new CredentialStore([only], only, Value("PATH"));
        }

        string home = Value("HOME") is { Length: > 0 } set ? set : "/root";
        string runtime = Value("XDG_RUNTIME_DIR") is { Length: > 0 } directory ? directory : $"/run/containers/{Sys.GetEuid()}";
        string config = Value("XDG_CONFIG_HOME") is { Length: > 0 } own ? own : Path.Combine(home, ".config");
        string docker = Value("DOCKER_CONFIG") is { Length: > 0 } moved ? moved : Path.Combine(home, ".docker");
        string lasting = Path.Combine(config, "containers/auth.json");
        string passing = Value("XDG_RUNTIME_DIR").Length > 0 ? Path.Combine(runtime, "containers/auth.json") : Path.Combine(runtime, "auth.json");
        return new CredentialStore([passing, lasting, Path.Combine(docker, "config.json")], lasting, Value("PATH"));
    }

    /// <summary>The credential for a repository; null for none.</summary>
    /// <exception cref="ImageException">A file or a helper is at fault.</exception>
    public Credential? Find(string host, string repository)
    {
        lock (_finding)
        {
            if (_found.TryGetValue((host, repository), out Credential? known))
            {
                return known;
            }

            _files ??= [.. _paths.Select(AuthFile.Read)];
            Credential? credential = _files.Select(f => f?.Find(host, repository, _searchPath)).FirstOrDefault(c => c is not null);
            _found.Add((host, repository), credential);
            return credential;
        }
    }

    /// <summary>Keeps a credential; whatever else the file says stays.</summary>
    /// <exception cref="ImageException">The file cannot be read or written.</exception>
    public void Login(string host, string user, string password)
    {
        JsonObject document = ReadForChange(_loginPath) ?? [];
        if (document["auths"] is not JsonObject auths)
        {
            document["auths"] = auths = [];
        }

        foreach (string key in auths.Select(a => a.Key).Where(k => AuthKey.Normal(k) == host).ToArray())
        {
            auths.Remove(key);
        }

        string auth = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));
        auths[host == ImageReference.DefaultHost && _loginPath.EndsWith("/config.json", StringComparison.Ordinal) ? AuthKey.Hub : host] = new JsonObject { ["auth"] = auth };
        Write(_loginPath, document);
    }

    /// <summary>Forgets what any of the files has of a host.</summary>
    /// <returns>The files that had something.</returns>
    /// <exception cref="ImageException">A file cannot be read or written.</exception>
    public IReadOnlyList<string> Logout(string host)
    {
        var changed = new List<string>();
        foreach (string path in _paths)
        {
            if (ReadForChange(path) is { } document && document["auths"] is JsonObject auths
                && auths.Select(a => a.Key).Where(k => AuthKey.Normal(k) == host).ToArray() is { Length: > 0 } keys)
            {
                foreach (string key in keys)
                {
                    auths.Remove(key);
                }

                Write(path, document);
                changed.Add(path);
            }
        }

        return changed;
    }

    private static JsonObject? ReadForChange(string path)
    {
        _ = AuthFile.Read(path); // with its messages
        if (FileText.TryRead(Abi.AT_FDCWD, path, out byte[] bytes, AuthFile.Largest) != Errno.OK || bytes.AsSpan().Trim(" \t\r\n"u8).IsEmpty)
        {
            return null;
        }

        return JsonNode.Parse(bytes)!.AsObject();
    }

    private static void Write(string path, JsonObject document)
    {
        var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, IndentCharacter = '\t', IndentSize = 1, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            document.WriteTo(writer);
        }

        buffer.WriteByte((byte)'\n');
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            // Somebody's dotfiles may have a link there, which stays one.
            string target = new FileInfo(path).LinkTarget is null ? Path.GetFullPath(path) : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;
            using Fd parent = Sys.OpenAt(Abi.AT_FDCWD, Path.GetDirectoryName(target)!, Abi.O_RDONLY | Abi.O_DIRECTORY);
            FileText.Replace(parent.Number, Path.GetFileName(target), buffer.ToArray(), 0b110_000_000);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SyscallException)
        {
            throw new ImageException($"{RegistryText.Safe(path)}: the login cannot be written: {RegistryText.Safe(e.Message)}", e);
        }
    }
}
