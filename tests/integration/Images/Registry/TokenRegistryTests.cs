using CctlImages.Credentials;
using CctlImages.Network;
using CctlImages.Registry;
using Integration.Tests.Harness;
using OciSpec.Image;
using Runtime.Images;
using Runtime.Images.References;

namespace Integration.Tests.Images.Registry;

/// <summary>A registry with TLS of a test CA and tokens of a test server, by the network process; skopeo is on the other side.</summary>
[HostOnly]
public sealed class TokenRegistryTests : IDisposable
{
    private readonly TempDir _folder = new();
    private readonly TestAuthority _authority = new();
    private readonly TestImage _image = new(300_000);
    private readonly TokenServer _tokens;
    private readonly DockerRegistry _registry;

    public TokenRegistryTests()
    {
        _tokens = new TokenServer(_authority.Server);
        string certificate = _folder.WriteFile("server.crt", _authority.Server.ExportCertificatePem());
        string key = _folder.WriteFile("server.key", TestAuthority.Key(_authority.Server));
        string bundle = _folder.WriteFile("bundle.crt", _authority.Pem);
        _registry = new DockerRegistry(
            http: $"  tls:\n    certificate: {certificate}\n    key: {key}",
            auth: $"auth:\n  token:\n    realm: {_tokens.Realm}\n    service: {TokenServer.Service}\n    issuer: the test issuer\n    rootcertbundle: {bundle}");
        _folder.WriteFile($"certs.d/{_registry.Host}/ca.crt", _authority.Pem);
        CredentialStore.FromEnvironment(n => n == "REGISTRY_AUTH_FILE" ? _folder["auth.json"] : null).Login(_registry.Host, TokenServer.User, TokenServer.Password);
    }

    private ImageReference Private => ImageReference.Parse($"{_registry.Host}/team/app:1");

    private ImageReference Public => ImageReference.Parse($"{_registry.Host}/public/app:1");

    [Fact]
    public void What_skopeo_pushed_is_fetched_with_the_same_credentials()
    {
        Push(Private);
        using NetworkProcess network = Start(known: true);
        Assert.Equal(_image.Manifest, network.GetManifest(Private, "1").Bytes);
        Assert.Equal(_image.Layer, Network.ReadAll(network.OpenBlob(Private, TestImage.Digest(_image.Layer), 0, out _, out _)));
    }

    [Fact]
    public void What_is_public_is_fetched_by_anybody()
    {
        Push(Public);
        using NetworkProcess network = Start(known: false);
        Assert.Equal(_image.Manifest, network.GetManifest(Public, "1").Bytes);
        Assert.Equal(_image.Layer[1000..], Network.ReadAll(network.OpenBlob(Public, TestImage.Digest(_image.Layer), 1000, out _, out _)));
    }

    [Fact]
    public void What_is_not_public_says_how_to_log_in()
    {
        Push(Private);
        using NetworkProcess network = Start(known: false);
        string message = Assert.Throws<ImageException>(() => network.GetManifest(Private, "1")).Message;
        Assert.StartsWith($"{_registry.Host}/team/app:1: not authorized (UNAUTHORIZED: authentication required", message, StringComparison.Ordinal);
        Assert.EndsWith($": cctl login {_registry.Host}", message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_pushed_skopeo_reads()
    {
        using NetworkProcess network = Start(known: true);
        network.UploadBlob(Private, TestImage.Digest(_image.Layer), new MemoryStream(_image.Layer), _image.Layer.Length);
        ImageReference other = ImageReference.Parse($"{_registry.Host}/other/app:1");
        Assert.True(network.TryMountBlob(other, TestImage.Digest(_image.Layer), "team/app"));
        network.UploadBlob(other, TestImage.Digest(_image.Config), new MemoryStream(_image.Config), _image.Config.Length);
        network.PutManifest(other, "1", _image.Manifest, MediaTypes.Manifest);
        using var copy = new TempDir();
        Network.Skopeo("copy", "--src-cert-dir", Certificates, "--authfile", _folder["auth.json"], $"docker://{other}", $"dir:{copy.Path}");
        Assert.Equal(_image.Manifest, File.ReadAllBytes(copy["manifest.json"]));
    }

    [Fact]
    public void A_login_is_checked()
    {
        using NetworkProcess network = Start(known: false);
        network.CheckLogin(_registry.Host, TokenServer.User, TokenServer.Password);
        string message = Assert.Throws<ImageException>(() => network.CheckLogin(_registry.Host, TokenServer.User, "wrong")).Message;
        Assert.StartsWith($"{_registry.Host}: it does not take this user and password", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Eight_blobs_at_once_take_one_token()
    {
        Push(Private);
        using NetworkProcess network = Start(known: true);
        int before = _tokens.Requests.Length;
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ => Network.ReadAll(network.OpenBlob(Private, TestImage.Digest(_image.Layer), 0, out long _, out long? _)));
        Assert.Equal(before + 1, _tokens.Requests.Length);
    }

    [Fact]
    public void A_CA_that_nobody_named_is_not_trusted()
    {
        using NetworkProcess network = NetworkProcess.Start(Network.Settings());
        string message = Assert.Throws<ImageException>(() => network.GetManifest(Public, "1")).Message;
        Assert.Contains($"{_registry.Host}: its certificate is not of a CA that is trusted here", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_client_certificate_of_certs_d_is_shown()
    {
        string bundle = _folder.WriteFile("clients.crt", _authority.Pem);
        using var registry = new DockerRegistry(http: $"  tls:\n    certificate: {_folder["server.crt"]}\n    key: {_folder["server.key"]}\n    clientcas: [{bundle}]");
        ImageReference image = ImageReference.Parse($"{registry.Host}/team/app:1");
        _folder.WriteFile($"certs.d/{registry.Host}/ca.crt", _authority.Pem);
        using (NetworkProcess without = Start(known: false))
        {
            Assert.Throws<ImageException>(() => without.ListTags(image));
        }

        _folder.WriteFile($"certs.d/{registry.Host}/own.cert", _authority.Client.ExportCertificatePem());
        _folder.WriteFile($"certs.d/{registry.Host}/own.key", TestAuthority.Key(_authority.Client));
        using NetworkProcess network = Start(known: false);
        Assert.Contains("not found (NAME_UNKNOWN", Assert.Throws<ImageException>(() => network.ListTags(image)).Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _registry.Dispose();
        _tokens.Dispose();
        _image.Dispose();
        _authority.Dispose();
        _folder.Dispose();
    }

    private string Certificates => _folder[$"certs.d/{_registry.Host}"];

    private NetworkProcess Start(bool known) => NetworkProcess.Start(Network.Settings(authFile: known ? _folder["auth.json"] : "/nonexistent", certificates: _folder["certs.d"]));

    private void Push(ImageReference image) =>
        Network.Skopeo("copy", "--dest-cert-dir", Certificates, "--authfile", _folder["auth.json"], _image.Source, $"docker://{image}");
}
