using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CctlImages.Registry;

namespace Unit.Tests.Images.Registry;

/// <summary>HTTPS, and where HTTP may be spoken.</summary>
public sealed class SchemeTests : IDisposable
{
    private readonly Client _client = new();
    private readonly X509Certificate2 _authority;
    private readonly X509Certificate2 _server;

    public SchemeTests()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var server = new CertificateRequest("CN=registry", own, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        server.CertificateExtensions.Add(names.Build());
        using X509Certificate2 signed = server.Create(_authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), [1, 2, 3]);
        _server = signed.CopyWithPrivateKey(own);
    }

    private byte[] Pem => System.Text.Encoding.ASCII.GetBytes(_authority.ExportCertificatePem());

    [Fact]
    public async Task Loopback_is_asked_by_https_and_then_by_http()
    {
        using var registry = new FakeServer(_ => new FakeAnswer(200, "{}"));
        await _client.Manifest(new Endpoint(registry.Host));
        Assert.Single(registry.Requests);
    }

    [Fact]
    public async Task A_certificate_of_a_named_authority_is_trusted()
    {
        using var registry = new FakeServer(_ => new FakeAnswer(200, "{}"), _server);
        await _client.Manifest(new Endpoint(registry.Host) { Authorities = Pem });
        Assert.Single(registry.Requests);
    }

    [Fact]
    public async Task Another_is_not_and_does_not_lead_to_http()
    {
        using var registry = new FakeServer(_ => new FakeAnswer(200, "{}"), _server);
        RegistryException e = await _client.ManifestFails(new Endpoint(registry.Host));
        Assert.Equal(FailureKind.Tls, e.Kind);
        Assert.Contains("its certificate is not of a CA that is trusted here", e.Message, StringComparison.Ordinal);
        Assert.Empty(registry.Requests);
    }

    [Fact]
    public async Task A_certificate_for_another_name_is_refused()
    {
        using var registry = new FakeServer(_ => new FakeAnswer(200, "{}"), _server);
        RegistryException e = await _client.ManifestFails(new Endpoint("localhost:" + registry.Port) { Authorities = Pem });
        Assert.Contains("its certificate is for another name", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_insecure_registry_may_have_TLS_all_the_same()
    {
        using var registry = new FakeServer(_ => new FakeAnswer(200, "{}"), _server);
        await _client.Manifest(Client.Endpoint(registry));
        Assert.Single(registry.Requests);
    }

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("localhost:5000", true)]
    [InlineData("127.0.0.1:5000", true)]
    [InlineData("127.9.9.9", true)]
    [InlineData("[::1]:5000", true)]
    [InlineData("localhost.example.com", false)]
    [InlineData("127.0.0.1.example.com", false)]
    [InlineData("10.0.0.1:5000", false)]
    public void Loopback_is_known(string host, bool loopback) => Assert.Equal(loopback, new Endpoint(host).AllowsHttp);

    [Fact]
    public void Docker_Hubs_registry_has_another_name() => Assert.Equal("registry-1.docker.io", new Endpoint("docker.io").Authority);

    public void Dispose()
    {
        _client.Dispose();
        _authority.Dispose();
        _server.Dispose();
    }
}
