using System.Text;
using CctlImages.Credentials;
using CctlImages.Network;
using CctlImages.Registry;
using OciSpec;
using OciSpec.Image;
using Runtime.Images;
using Runtime.Images.References;

namespace Unit.Tests.Fuzzing;

/// <summary>The parsers of what registries, token servers, credential helpers and a captured network process write, and of names.</summary>
internal static class RegistryTargets
{
    private static readonly Uri s_realm = new("https://auth.example.com/token");
    private static readonly string[] s_json = ["{", "}", "[", "]", ",", ":", "\"", "\\u0000", "\\ud800", "null", "-1", "1e999", "\"errors\"", "\"token\"", "\"auth\"", "\u001b[31m"];
    private static readonly string[] s_header = ["Bearer ", "Basic ", "realm=", "\"", "\\", ",", " ", "=", "==", "\t", "scope=\"a b\"", "Negotiate YWJj==", ", ,"];
    private static readonly string[] s_name = ["/", ":", "@", "sha256:", "sha512:", ".", "..", "_", "__", "___", "-", "localhost", "[::1]", ":5000", "index.docker.io/", "A", "\0"];

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("reference", [Utf8("registry.example.com:5000/team/app:1.0@sha256:" + new string('a', 64)), Utf8("alpine"), Utf8("[::1]:5000/a_b/c__d/e-f:tag")], s_name, b => Reference(b), typeof(ImageException)),
        new("challenge", [Utf8("Bearer realm=\"https://auth.example.com/token\",service=\"registry\",scope=\"repository:a/b:pull,push\""), Utf8("Basic realm=\"a\", Negotiate YWJj==, Bearer realm=b")], s_header, b => Challenge(b)),
        new("registry-errors", [Utf8("""{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown","detail":{"Tag":"1"}},{"code":"A"}]}""")], s_json, b => Printable(RegistryText.ErrorsOf(b))),
        new("token", [Utf8("""{"token":"abc","access_token":"def","expires_in":300,"issued_at":"2030-01-02T03:04:05Z"}""")], s_json, b => Authenticator.Read(b, s_realm, DateTimeOffset.UnixEpoch).Authorization.Length, typeof(RegistryException)),
        new("tags", [Utf8("""{"name":"team/app","tags":["1","latest"]}""")], s_json, b => RegistryClient.Tags(b, new Endpoint("registry.example.com")).Count, typeof(RegistryException)),
        new("manifest", [Utf8(Manifest)], [.. s_json, MediaTypes.Layer, MediaTypes.DockerManifest, "\"sha256:"], b => ImageFile.ParseManifest(b).Layers?.Count, typeof(ConfigException)),
        new("index", [Utf8($$$"""{"schemaVersion":2,"manifests":[{"mediaType":"{{{MediaTypes.Manifest}}}","digest":"sha256:{{{new string('a', 64)}}}","size":2,"platform":{"architecture":"amd64","os":"linux"}}]}""")], [.. s_json, "\"platform\"", "\"variant\""], b => ImageFile.ParseIndex(b).Manifests?.Count, typeof(ConfigException)),
        new("auth-file", [Utf8("""{"auths":{"a.example.com":{"auth":"dXNlcjpwYXNz"},"https://index.docker.io/v1/":{"identitytoken":"x"}}}""")], [.. s_json, "https://", "/v1/", "dXNlcjpwYXNz"], b => AuthFile.Parse("auth.json", b).Find("a.example.com", "b", "")?.User.Length, typeof(ImageException)),
        new("helper-answer", [Utf8("""{"ServerURL":"a","Username":"user","Secret":"pass"}""")], [.. s_json, "<token>"], b => CredentialHelper.Parse(b, "docker-credential-a")?.User.Length, typeof(ImageException)),
        new("registries-yaml", [Utf8("registries:\n  docker.io:\n    mirrors: [m.example.com/hub]\n  a.example.com:5000: {insecure: true, prefix: a}\nnetwork:\n  user: 5\n")], ["\n", "  ", "- ", ": ", "{", "}", "[", "]", "&a ", "*a", "!!", "---", "...", "\t", "#", "|", ">", "\"", "'", "%YAML 1.2"], b => Registries(b), typeof(ImageException)),
        new("frame", [Frame()], ["\0\0\0\0\0\0\0\0", "\u0001\0\0\0\0\0\0\0"], b => Endpoints(b), typeof(InvalidDataException)),
    ];

    private static string Manifest => $$"""
        {"schemaVersion":2,"mediaType":"{{MediaTypes.Manifest}}","config":{"mediaType":"{{MediaTypes.Config}}","digest":"sha256:{{new string('b', 64)}}","size":7},
         "layers":[{"mediaType":"{{MediaTypes.LayerGzip}}","digest":"sha256:{{new string('c', 64)}}","size":32654}]}
        """;

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static string Reference(byte[] input)
    {
        ImageReference name = ImageReference.Parse(Encoding.UTF8.GetString(input));
        Assert.Equal(name, ImageReference.Parse(name.ToString()));
        Assert.Equal(name, ImageReference.Parse(name.Familiar));
        return $"{name.Host.Length > 10} {name.Tag is null} {name.Digest is null}";
    }

    private static string Challenge(byte[] input)
    {
        List<AuthenticationChallenge> challenges = AuthenticationChallenge.Parse(Encoding.Latin1.GetString(input));
        return $"{challenges.Count} {challenges.Sum(c => c.Parameters.Count)}";
    }

    private static int Printable(string text)
    {
        Assert.DoesNotContain(text, char.IsControl);
        Assert.InRange(text.Length, 0, 8000);
        return text.Length / 16;
    }

    private static bool Registries(byte[] input)
    {
        RegistriesConfig config = RegistriesConfig.Parse("registries.yaml", Encoding.UTF8.GetString(input));
        return config.Find("docker.io") is null;
    }

    private static byte[] Frame()
    {
        var writer = new FrameWriter();
        writer.Endpoints([new Endpoint("registry.example.com") { Credential = new Credential("user", "pass") }, new Endpoint("docker.io")]).Text("team/app");
        return writer.Written.ToArray();
    }

    private static int Endpoints(byte[] input)
    {
        var reader = new FrameReader(input);
        Endpoint[] endpoints = reader.Endpoints();
        return endpoints.Length + reader.Text().Length;
    }
}
