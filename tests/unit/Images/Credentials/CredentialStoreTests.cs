using CctlImages.Credentials;
using Runtime.Images;

namespace Unit.Tests.Images.Credentials;

/// <summary>Docker's and podman's credentials files.</summary>
public sealed class CredentialStoreTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    [Theory]
    [InlineData("registry.example.com", "team/app", "host")]
    [InlineData("registry.example.com", "team/app/sub", "host")]
    [InlineData("registry.example.com", "special/app", "namespace")]
    [InlineData("registry.example.com", "special/app/deep", "deep")]
    [InlineData("registry.example.com", "specialist", "host")]
    [InlineData("registry.example.com:5000", "a", "port")]
    [InlineData("old.example.com", "a", "old")]
    [InlineData("docker.io", "library/alpine", "hub")]
    [InlineData("other.example.com", "a", null)]
    public void The_entry_that_names_most_counts(string host, string repository, string? expected) => Assert.Equal(expected, Store($$$"""
        {"auths":{
          "registry.example.com":{{{Entry("host")}}},
          "registry.example.com/special":{{{Entry("namespace")}}},
          "registry.example.com/special/app/deep":{{{Entry("deep")}}},
          "registry.example.com:5000":{{{Entry("port")}}},
          "https://old.example.com/v2/":{{{Entry("old")}}},
          "https://index.docker.io/v1/":{{{Entry("hub")}}}
        }}
        """).Find(host, repository)?.User);

    [Fact]
    public void Every_form_of_an_entry_is_read()
    {
        CredentialStore store = Store($$$"""
            {"auths":{"a.example.com":{"auth":"{{{Base64("user:pass:word")}}}"},"b.example.com":{"username":"u","password":"p"},
             "c.example.com":{"auth":"{{{Base64("00000000-0000-0000-0000-000000000000:")}}}","identitytoken":"identity"},"d.example.com":{"registrytoken":"registry"},"e.example.com":{}},
             "HttpHeaders":{"User-Agent":"x"}}
            """);
        Assert.Equal(new Credential("user", "pass:word"), store.Find("a.example.com", "r"));
        Assert.Equal(new Credential("u", "p"), store.Find("b.example.com", "r"));
        Assert.Equal("identity", store.Find("c.example.com", "r")!.IdentityToken);
        Assert.Equal("registry", store.Find("d.example.com", "r")!.RegistryToken);
        Assert.Null(store.Find("e.example.com", "r"));
    }

    [Theory]
    [InlineData("""{"auths":{"a.example.com":{"auth":"%%%"}}}""", "/auths/a.example.com: auth is not base64")]
    [InlineData("""{"auths":{"a.example.com":{"auth":"dXNlcg=="}}}""", "/auths/a.example.com: auth has no colon between user and password")]
    [InlineData("""{"auths":{"a.example.com/b":{"auth":7}}}""", "/auths/a.example.com~1b: /auth: a number where a string belongs")]
    [InlineData("""{"auths":[]}""", "/auths: an array where an object belongs")]
    [InlineData("""nothing""", "malformed json")]
    public void A_malformed_file_is_said_with_its_place(string text, string expected) =>
        Assert.StartsWith($"{_folder.Path}/auth.json: {expected}", Assert.Throws<ImageException>(() => Store(text).Find("a.example.com", "b")).Message, StringComparison.Ordinal);

    [Fact]
    public void Only_the_helper_that_matches_runs()
    {
        Helper("mine", """printf '{"ServerURL":"x","Username":"%s","Secret":"s"}' "$(cat)" """);
        Helper("other", "touch \"$0.ran\"; exit 1");
        Helper("store", """printf '{"Username":"<token>","Secret":"for %s"}' "$(cat)" """);
        CredentialStore store = Store($$$"""{"auths":{"c.example.com":{{{Entry("file")}}}},"credsStore":"store","credHelpers":{"a.example.com":"mine","b.example.com":"other"}}""");
        Assert.Equal(new Credential("a.example.com", "s"), store.Find("a.example.com", "r"));
        Assert.Equal("file", store.Find("c.example.com", "r")!.User);
        Assert.Equal("for d.example.com", store.Find("d.example.com", "r")!.IdentityToken);
        Assert.Equal("for https://index.docker.io/v1/", store.Find("docker.io", "library/a")!.IdentityToken);
        Assert.Empty(Directory.GetFiles(_folder.Path, "*.ran"));
    }

    [Theory]
    [InlineData("echo 'credentials not found in native keychain'; exit 1", null)]
    [InlineData("printf '\\033[31mlocked'; exit 3", @"docker-credential-mine get, for a.example.com: exit status 3: \x1b[31mlocked")]
    [InlineData("echo to stderr >&2; exit 1", "docker-credential-mine get, for a.example.com: exit status 1: to stderr")]
    [InlineData("echo nonsense", "docker-credential-mine's answer: malformed json")]
    public void A_helpers_failure_is_said(string script, string? expected)
    {
        Helper("mine", script);
        CredentialStore store = Store("""{"credHelpers":{"a.example.com":"mine"}}""");
        if (expected is null)
        {
            Assert.Null(store.Find("a.example.com", "r"));
        }
        else
        {
            Assert.StartsWith(expected, Assert.Throws<ImageException>(() => store.Find("a.example.com", "r")).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("absent", "docker-credential-absent, which ")]
    [InlineData("../mine", "\"../mine\" is not the name of a credential helper")]
    [InlineData("a b", "\"a b\" is not the name of a credential helper")]
    public void A_helper_that_is_none_is_said(string name, string expected) =>
        Assert.Contains(expected, Assert.Throws<ImageException>(() => Store($$$"""{"credHelpers":{"a.example.com":"{{{name}}}"}}""").Find("a.example.com", "r")).Message, StringComparison.Ordinal);

    [Fact]
    public void The_first_file_that_says_something_counts()
    {
        Write("run/containers/auth.json", $$$"""{"auths":{"a.example.com":{{{Entry("first")}}}}}""");
        Write("home/.config/containers/auth.json", $$$"""{"auths":{"a.example.com":{{{Entry("second")}}},"b.example.com":{{{Entry("second")}}}}}""");
        Write("home/.docker/config.json", $$$"""{"auths":{"b.example.com":{{{Entry("third")}}},"c.example.com":{{{Entry("third")}}}}}""");
        CredentialStore store = FromHome();
        Assert.Equal(["first", "second", "third"], new[] { "a", "b", "c" }.Select(h => store.Find(h + ".example.com", "r")!.User));
    }

    [Fact]
    public void A_login_is_written_for_its_owner_alone_and_leaves_the_rest()
    {
        Write("home/.config/containers/auth.json", """{"auths":{"https://a.example.com/v2/":{"auth":"eDp5"},"b.example.com":{"auth":"eDp5"}},"HttpHeaders":{"X":"y"}}""");
        CredentialStore store = FromHome();
        store.Login("a.example.com", "user", "secret");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(store.LoginPath));
        Assert.Equal(new Credential("user", "secret"), FromHome().Find("a.example.com", "r"));
        Assert.Equal(new Credential("x", "y"), FromHome().Find("b.example.com", "r"));
        Assert.Contains("\"HttpHeaders\"", File.ReadAllText(store.LoginPath), StringComparison.Ordinal);
        Assert.Equal([store.LoginPath], FromHome().Logout("a.example.com"));
        Assert.Null(FromHome().Find("a.example.com", "r"));
        Assert.NotNull(FromHome().Find("b.example.com", "r"));
        Assert.Empty(FromHome().Logout("a.example.com"));
    }

    [Fact]
    public void The_first_login_makes_the_file_and_a_link_stays_one()
    {
        CredentialStore store = FromHome();
        store.Login("docker.io", "user", "secret");
        Assert.Equal("user", FromHome().Find("docker.io", "library/a")!.User);
        string moved = Path.Combine(_folder.Path, "dotfiles.json");
        File.Move(store.LoginPath, moved);
        File.CreateSymbolicLink(store.LoginPath, moved);
        FromHome().Login("a.example.com", "other", "secret");
        Assert.Equal(moved, File.ResolveLinkTarget(store.LoginPath, true)!.FullName);
        Assert.Equal("other", FromHome().Find("a.example.com", "r")!.User);
    }

    [Fact]
    public void A_credentials_text_has_no_secret() => Assert.DoesNotContain("secret", new Credential("user", "secret", "secret", "secret").ToString(), StringComparison.Ordinal);

    public void Dispose() => _folder.Dispose();

    private static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));

    private static string Entry(string user) => $$"""{"auth":"{{Base64(user + ":pw")}}"}""";

    private CredentialStore Store(string text)
    {
        Write("auth.json", text);
        return CredentialStore.FromEnvironment(n => n switch
        {
            "REGISTRY_AUTH_FILE" => Path.Combine(_folder.Path, "auth.json"),
            "PATH" => "/nonexistent:" + _folder.Path,
            _ => null,
        });
    }

    private CredentialStore FromHome() => CredentialStore.FromEnvironment(n => n switch
    {
        "HOME" => Path.Combine(_folder.Path, "home"),
        "XDG_RUNTIME_DIR" => Path.Combine(_folder.Path, "run"),
        _ => null,
    });

    private void Write(string name, string text)
    {
        string path = Path.Combine(_folder.Path, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private void Helper(string name, string script)
    {
        string path = Path.Combine(_folder.Path, "docker-credential-" + name);
        File.WriteAllText(path, "#!/bin/sh\n" + script + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
