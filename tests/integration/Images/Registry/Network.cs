using CctlImages.Credentials;
using CctlImages.Network;
using CctlImages.Registry;
using Integration.Tests.Harness;

namespace Integration.Tests.Images.Registry;

/// <summary>Starts the network process of the published helper, as cctl-images itself does.</summary>
internal static class Network
{
    /// <summary>The published helper, beside the executable under test.</summary>
    public static string Helper => Path.Combine(Path.GetDirectoryName(Cctl.Executable)!, "cctl-images");

    /// <summary>Settings without a file of this machine's.</summary>
    public static RegistrySettings Settings(string registries = "", string authFile = "/nonexistent", ClientOptions? options = null, string certificates = "/nonexistent") =>
        new(RegistriesConfig.Parse("registries.yaml", registries), CredentialStore.FromEnvironment(n => n == "REGISTRY_AUTH_FILE" ? authFile : null))
        {
            Program = Helper,
            CertificateDirectories = [certificates],
            Options = options ?? new ClientOptions { FirstPause = TimeSpan.FromMilliseconds(50), ConnectTimeout = Place.Deadline(5) },
        };

    /// <summary>Reads a stream to its end.</summary>
    public static byte[] ReadAll(Stream stream)
    {
        using (stream)
        {
            var all = new MemoryStream();
            stream.CopyTo(all);
            return all.ToArray();
        }
    }

    /// <summary>Copies with skopeo.</summary>
    public static void Skopeo(params string[] arguments) => new Command("/usr/bin/skopeo", ["--insecure-policy", .. arguments]) { Timeout = Place.Deadline(60) }.Run().MustSucceed();
}
