using System.Text;
using CctlImages.Registry;
using OciSpec;
using Runtime.Images;
using Runtime.Linux;

namespace CctlImages.Credentials;

/// <summary>One credentials file.</summary>
internal sealed class AuthFile
{
    /// <summary>Largest file that is read, bytes.</summary>
    public const int Largest = 4 << 20;

    private readonly string _path;
    private readonly AuthDocument _document;

    private AuthFile(string path, AuthDocument document) => (_path, _document) = (path, document);

    /// <summary>Reads a file; null where there is none.</summary>
    /// <exception cref="ImageException">It cannot be read, or is malformed.</exception>
    public static AuthFile? Read(string path)
    {
        Errno errno = FileText.TryRead(Abi.AT_FDCWD, path, out byte[] bytes, Largest);
        return errno switch
        {
            Errno.OK => bytes.AsSpan().Trim(" \t\r\n"u8).IsEmpty ? null : Parse(path, bytes),
            Errno.ENOENT or Errno.ENOTDIR => null,
            _ => throw new ImageException($"{RegistryText.Safe(path)}: {errno.InWords()}"),
        };
    }

    /// <summary>Reads a file's content.</summary>
    /// <exception cref="ImageException">It is malformed.</exception>
    public static AuthFile Parse(string path, ReadOnlySpan<byte> utf8)
    {
        try
        {
            return new AuthFile(path, JsonInput.Parse(utf8, JsonDocuments.ReadAuthDocument));
        }
        catch (ConfigException e)
        {
            throw new ImageException($"{RegistryText.Safe(path)}: {RegistryText.Safe(e.Message)}", e);
        }
    }

    /// <summary>
    /// Who one is to a repository: by the helper of its registry, else by the entry that names most of it, else by the helper of all
    /// registries. Null where the file says nothing.
    /// </summary>
    /// <param name="host">The registry.</param>
    /// <param name="repository">The repository.</param>
    /// <param name="searchPath">Where helpers are, as PATH has it.</param>
    /// <exception cref="ImageException">The entry is malformed, or the helper fails.</exception>
    public Credential? Find(string host, string repository, string searchPath)
    {
        if (Best(_document.CredHelpers?.Keys, host, repository) is { } helped)
        {
            return CredentialHelper.Get(_document.CredHelpers![helped], helped, _path, searchPath);
        }

        if (Best(_document.Auths?.Keys, host, repository) is { } key && Entry(key) is { } credential)
        {
            return credential;
        }

        return _document.CredsStore is { Length: > 0 } store ? CredentialHelper.Get(store, AuthKey.ForHelper(host), _path, searchPath) : null;
    }

    private static string? Best(IEnumerable<string>? keys, string host, string repository) =>
        keys?.Select(k => (Key: k, Fit: AuthKey.Fit(k, host, repository))).Where(k => k.Fit >= 0).OrderByDescending(k => k.Fit).Select(k => k.Key).FirstOrDefault();

    private Credential? Entry(string key)
    {
        AuthEntry entry;
        try
        {
            entry = JsonInput.Parse(_document.Auths![key].Utf8, JsonDocuments.ReadAuthEntry);
        }
        catch (ConfigException e)
        {
            throw Malformed(key, RegistryText.Safe(e.Message));
        }

        string user = entry.Username ?? "";
        string password = entry.Password ?? "";
        if (entry.Auth is { Length: > 0 } auth)
        {
            byte[] bytes = new byte[auth.Length];
            string text = Convert.TryFromBase64String(auth, bytes, out int length) ? Encoding.UTF8.GetString(bytes, 0, length).TrimEnd('\0') : throw Malformed(key, "auth is not base64");
            int colon = text.IndexOf(':', StringComparison.Ordinal);
            (user, password) = colon < 0 ? throw Malformed(key, "auth has no colon between user and password") : (text[..colon], text[(colon + 1)..]);
        }

        bool nothing = user.Length == 0 && password.Length == 0 && string.IsNullOrEmpty(entry.IdentityToken) && string.IsNullOrEmpty(entry.RegistryToken);
        return nothing ? null : new Credential(user, password, entry.IdentityToken ?? "", entry.RegistryToken ?? "");
    }

    private ImageException Malformed(string key, string detail) => new($"{RegistryText.Safe(_path)}: /auths/{RegistryText.Safe(key.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal), 200)}: {detail}");
}
