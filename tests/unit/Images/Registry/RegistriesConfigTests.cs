using CctlImages.Credentials;
using CctlImages.Registry;
using Runtime.Images;
using Runtime.Images.References;

namespace Unit.Tests.Images.Registry;

/// <summary>registries.yaml and certs.d.</summary>
public sealed class RegistriesConfigTests
{
    private const string Full = """
        registries:
          docker.io:
            mirrors:
              - mirror.example.com/hub
              - second.example.com:5000
          registry.example.com:5000:
            insecure: true
            prefix: /team/
            ca: /etc/ca.pem
            client-cert: /etc/own.cert
            client-key: "/etc/own.key"
        network:
          user: 1234
          group: 5678
        """;

    [Fact]
    public void Every_key_is_read()
    {
        RegistriesConfig config = RegistriesConfig.Parse("registries.yaml", Full);
        Assert.Equal([new("mirror.example.com", "hub"), new("second.example.com:5000", "")], config.Find("docker.io")!.Mirrors);
        RegistryEntry entry = config.Find("registry.example.com:5000")!;
        Assert.Equal((true, "team", "/etc/ca.pem", "/etc/own.cert", "/etc/own.key"), (entry.Insecure, entry.Prefix, entry.Ca, entry.ClientCert, entry.ClientKey));
        Assert.Equal((1234u, 5678u), (config.User, config.Group));
        Assert.Null(config.Find("other.example.com"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    [InlineData("registries:\n")]
    [InlineData("---\nregistries: {}\n...\n")]
    public void An_empty_file_says_nothing(string text) => Assert.Null(RegistriesConfig.Parse("registries.yaml", text).Find("docker.io"));

    [Theory]
    [InlineData("registry: {}", "line 1, column 1: unknown key \"registry\": registries and network are known")]
    [InlineData("registries:\n  a.example.com:\n    insecur: true", "line 3, column 5: unknown key \"insecur\": mirrors, insecure, ca, client-cert, client-key and prefix are known")]
    [InlineData("registries:\n  a.example.com: {insecure: yes}", "line 2, column 29: \"yes\" is neither true nor false")]
    [InlineData("registries:\n  a.example.com:\n    insecure: true\n    insecure: false", "line 4, column 5: \"insecure\" is a duplicate key")]
    [InlineData("registries:\n  a.example.com:\n    mirrors: m.example.com", "line 3, column 14: a list belongs here: - HOST")]
    [InlineData("registries:\n  a.example.com:\n    mirrors: [\"https://m.example.com\"]", "line 3, column 15: \"https:\" is not a registry's HOST[:PORT]")]
    [InlineData("registries:\n  a.example.com:\n    mirrors: [m.example.com/UP]", "line 3, column 15: \"UP\" is not the beginning of a repository's name")]
    [InlineData("registries:\n  a.example.com:\n    ca: ca.pem", "line 3, column 9: \"ca.pem\" is not an absolute path")]
    [InlineData("registries:\n  a.example.com:\n    client-cert: /a", "line 3, column 5: client-cert and client-key belong together")]
    [InlineData("registries:\n  \"a b\": {}", "line 2, column 3: \"a b\" is not a registry's HOST[:PORT]")]
    [InlineData("network:\n  user: 0", "line 2, column 9: \"0\" is not the number of an ordinary user or group")]
    [InlineData("[]", "line 1, column 1: keys with values belong here")]
    [InlineData("registries: {}\n---\nregistries: {}", "line 2, column 1: a second document: one file has one")]
    public void An_error_has_its_line_and_column(string text, string expected) =>
        Assert.Equal("registries.yaml: " + expected, Assert.Throws<ImageException>(() => RegistriesConfig.Parse("registries.yaml", text)).Message);

    [Theory]
    [InlineData("registries: [")]
    [InlineData("registries:\n\t- a")]
    [InlineData("a: *b")]
    [InlineData("\"")]
    public void Malformed_yaml_is_said_with_its_line(string text) =>
        Assert.StartsWith("registries.yaml: line ", Assert.Throws<ImageException>(() => RegistriesConfig.Parse("registries.yaml", text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Mirrors_come_first_and_only_for_reading()
    {
        var settings = new RegistrySettings(RegistriesConfig.Parse("registries.yaml", Full.Replace("/etc/", "/nonexistent/", StringComparison.Ordinal)), CredentialStore.FromEnvironment(n => n == "REGISTRY_AUTH_FILE" ? "/nonexistent" : null));
        ImageReference image = ImageReference.Parse("alpine");
        Assert.Equal(["mirror.example.com|hub/library/alpine", "second.example.com:5000|library/alpine", "docker.io|library/alpine"], settings.EndpointsOf(image, pushes: false).Select(e => $"{e.Host}|{e.Repository(image.Repository)}"));
        Assert.Equal(["docker.io"], settings.EndpointsOf(image, pushes: true).Select(e => e.Host));
        Assert.Contains("/nonexistent/ca.pem", Assert.Throws<ImageException>(() => settings.EndpointsOf(ImageReference.Parse("registry.example.com:5000/a"), false)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Certificates_are_those_of_the_first_directory()
    {
        using var folder = new TemporaryDirectory();
        foreach ((string file, string text) in new[] { ("a/h.example.com/ca.crt", "one"), ("a/h.example.com/more.crt", "two"), ("a/h.example.com/own.cert", "cert"), ("a/h.example.com/own.key", "key"), ("b/h.example.com/ca.crt", "not this") })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder.Path, file))!);
            File.WriteAllText(Path.Combine(folder.Path, file), text);
        }

        Endpoint endpoint = CertificateFiles.AddTo(new Endpoint("h.example.com"), null, [Path.Combine(folder.Path, "none"), Path.Combine(folder.Path, "a"), Path.Combine(folder.Path, "b")]);
        Assert.Equal("one\ntwo\n"u8.ToArray(), endpoint.Authorities);
        Assert.Equal("cert"u8.ToArray(), endpoint.ClientCertificate);
        Assert.Equal("key"u8.ToArray(), endpoint.ClientKey);
    }
}
