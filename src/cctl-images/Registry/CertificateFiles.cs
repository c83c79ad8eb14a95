using Runtime.Images;
using Runtime.Linux;

namespace CctlImages.Registry;

/// <summary>
/// Certificates for a registry: those that registries.yaml names, else those of the first directory <c>certs.d/HOST</c> that there is,
/// laid out as docker has it: <c>*.crt</c> are CAs, <c>NAME.cert</c> and <c>NAME.key</c> the client's (containers-certs.d(5)).
/// </summary>
internal static class CertificateFiles
{
    private const int Largest = 1 << 20;

    /// <summary>The endpoint with its certificates.</summary>
    /// <exception cref="ImageException">A file cannot be read, or belongs to another that is missing.</exception>
    public static Endpoint AddTo(Endpoint endpoint, RegistryEntry? entry, IReadOnlyList<string> directories)
    {
        string? directory = directories.Select(d => Path.Combine(d, endpoint.Host)).FirstOrDefault(Directory.Exists);
        byte[] authorities = entry?.Ca is { } ca ? Read(ca) : directory is null ? [] : [.. Files(directory, ".crt").SelectMany(f => (byte[])[.. Read(f), (byte)'\n'])];
        string? certificate = entry?.ClientCert ?? (directory is null ? null : Files(directory, ".cert").FirstOrDefault());
        string? key = entry?.ClientKey ?? (certificate is null ? null : Path.ChangeExtension(certificate, ".key"));
        return endpoint with
        {
            Authorities = authorities,
            ClientCertificate = certificate is null ? [] : Read(certificate),
            ClientKey = key is null || certificate is null ? [] : Read(key),
        };
    }

    private static IEnumerable<string> Files(string directory, string ending)
    {
        try
        {
            return Directory.GetFiles(directory).Where(f => f.EndsWith(ending, StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new ImageException($"{RegistryText.Safe(directory)}: it cannot be read: {Errno.EACCES.InWords()}", e);
        }
    }

    private static byte[] Read(string path)
    {
        Errno errno = FileText.TryRead(Abi.AT_FDCWD, path, out byte[] bytes, Largest);
        return errno == Errno.OK ? bytes : throw new ImageException($"{RegistryText.Safe(path)}: the certificate or key cannot be read: {errno.InWords()}");
    }
}
