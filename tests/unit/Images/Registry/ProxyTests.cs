using CctlImages.Registry;

namespace Unit.Tests.Images.Registry;

/// <summary>Proxies of the environment, as curl reads them.</summary>
public sealed class ProxyTests
{
    [Theory]
    [InlineData("https_proxy=http://p.example.com:3128", "https://registry.example.com/", "http://p.example.com:3128/")]
    [InlineData("HTTPS_PROXY=http://p.example.com:3128", "https://registry.example.com/", "http://p.example.com:3128/")]
    [InlineData("HTTPS_PROXY=http://upper.example.com https_proxy=http://lower.example.com", "https://registry.example.com/", "http://lower.example.com/")]
    [InlineData("https_proxy=p.example.com:3128", "https://registry.example.com/", "http://p.example.com:3128/")]
    [InlineData("https_proxy=http://p.example.com", "http://registry.example.com/", null)]
    [InlineData("all_proxy=socks5h://p.example.com:1080", "http://registry.example.com/", "socks5://p.example.com:1080")]
    [InlineData("all_proxy=http://p.example.com no_proxy=*", "http://registry.example.com/", null)]
    [InlineData("all_proxy=http://p.example.com no_proxy=example.com", "http://registry.example.com/", null)]
    [InlineData("all_proxy=http://p.example.com no_proxy=.EXAMPLE.com", "http://registry.example.com/", null)]
    [InlineData("all_proxy=http://p.example.com no_proxy=*.example.com", "http://registry.example.com/", null)]
    [InlineData("all_proxy=http://p.example.com no_proxy=a,ample.com", "http://registry.example.com/", "http://p.example.com/")]
    [InlineData("all_proxy=http://p.example.com no_proxy=registry.example.com:5000", "http://registry.example.com:5000/", null)]
    [InlineData("all_proxy=http://p.example.com no_proxy=registry.example.com:5001", "http://registry.example.com:5000/", "http://p.example.com/")]
    [InlineData("all_proxy=http://p.example.com no_proxy=10.0.0.0/8", "http://10.1.2.3:5000/", null)]
    [InlineData("all_proxy=http://p.example.com no_proxy=10.0.0.0/8", "http://11.1.2.3:5000/", "http://p.example.com/")]
    [InlineData("all_proxy=http://p.example.com no_proxy=fd00::/8", "http://[fd00::1]/", null)]
    [InlineData("all_proxy=http://p.example.com no_proxy=1.2.3", "http://10.1.2.3/", "http://p.example.com/")]
    [InlineData("all_proxy=http://p.example.com", "http://localhost:5000/", null)]
    [InlineData("all_proxy=http://p.example.com", "http://127.0.0.1:5000/", null)]
    public void A_url_goes_through_its_proxy(string environment, string url, string? proxy) => Assert.Equal(proxy is null ? null : new Uri(proxy), Of(environment).GetProxy(new Uri(url)));

    [Fact]
    public void A_proxys_user_is_what_stands_before_the_at()
    {
        ProxyRules rules = Of("https_proxy=http://me:p%40ss@p.example.com:3128");
        System.Net.NetworkCredential? credential = rules.Credentials!.GetCredential(rules.GetProxy(new Uri("https://registry.example.com/"))!, "Basic");
        Assert.Equal(("me", "p@ss"), (credential!.UserName, credential.Password));
    }

    [Fact]
    public void What_is_no_url_is_said_without_its_password()
    {
        string message = Assert.Throws<FormatException>(() => Of("https_proxy=gopher://me:secret@p.example.com")).Message;
        Assert.Equal("\"p.example.com\" is not a proxy's url: write it as http://HOST:PORT", message);
    }

    [Fact]
    public async Task A_registry_is_asked_through_the_proxy_with_its_user()
    {
        using var proxy = new FakeServer(r => r.Header("proxy-authorization") is null ? new FakeAnswer(407, "", "Proxy-Authenticate: Basic realm=\"p\"") : new FakeAnswer(200, "{}"));
        using var client = new Client(o => new ClientOptions { Delay = o.Delay, Proxies = Of($"http_proxy=http://me:secret@{proxy.Host}") });
        await client.Manifest(new Endpoint("registry.example.com") { Insecure = true });
        Assert.Equal("GET http://registry.example.com/v2/team/app/manifests/1", proxy.Lines[^1]);
        Assert.Equal("Basic bWU6c2VjcmV0", proxy.Requests[^1].Header("proxy-authorization"));
        Assert.Null(proxy.Requests[^1].Header("authorization"));
    }

    private static ProxyRules Of(string environment)
    {
        Dictionary<string, string> variables = environment.Split(' ').Select(v => v.Split('=', 2)).ToDictionary(v => v[0], v => v[1]);
        return ProxyRules.FromEnvironment(variables.GetValueOrDefault);
    }
}
