using System.Net;

namespace CctlImages.Registry;

/// <summary>
/// Which proxy a URL goes through: <c>http_proxy</c>, <c>https_proxy</c>, <c>all_proxy</c> and <c>no_proxy</c>, lower case before upper
/// case, as curl(1) reads them. A name in no_proxy stands for the hosts below it too, with or without a dot before it; an address may be
/// a network (10.0.0.0/8); <c>*</c> is every host. This machine itself is never asked for through a proxy.
/// </summary>
internal sealed class ProxyRules : IWebProxy
{
    private readonly Uri? _http;
    private readonly Uri? _https;
    private readonly string[] _exceptions;

    /// <summary>The rules of these values; empty ones count as missing.</summary>
    /// <exception cref="FormatException">A proxy is not a URL.</exception>
    public ProxyRules(string http, string https, string exceptions)
    {
        _http = Parse(http);
        _https = Parse(https);
        _exceptions = exceptions.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        (Http, Https, Exceptions) = (http, https, exceptions);
        Credentials = new UserInfo(_http, _https);
    }

    /// <summary>No proxy.</summary>
    public static ProxyRules None { get; } = new("", "", "");

    /// <summary>The proxy of http URLs, as it was given.</summary>
    public string Http { get; }

    /// <summary>The proxy of https URLs, as it was given.</summary>
    public string Https { get; }

    /// <summary>The hosts without one, as they were given.</summary>
    public string Exceptions { get; }

    /// <inheritdoc/>
    public ICredentials? Credentials { get; set; }

    /// <summary>The rules of an environment.</summary>
    /// <exception cref="FormatException">A proxy is not a URL; the message names the variable's value.</exception>
    public static ProxyRules FromEnvironment(Func<string, string?> variable)
    {
        string Value(string name) => variable(name) is { Length: > 0 } lower ? lower : variable(name.ToUpperInvariant()) ?? "";
        string all = Value("all_proxy");
        string http = Value("http_proxy");
        string https = Value("https_proxy");
        return new ProxyRules(http.Length > 0 ? http : all, https.Length > 0 ? https : all, Value("no_proxy"));
    }

    /// <inheritdoc/>
    public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : destination.Scheme == Uri.UriSchemeHttps ? _https : _http;

    /// <inheritdoc/>
    public bool IsBypassed(Uri host)
    {
        if ((host.Scheme == Uri.UriSchemeHttps ? _https : _http) is null || Endpoint.IsLoopbackHost(host.Host))
        {
            return true;
        }

        return _exceptions.Any(e => Covers(e, host));
    }

    private static bool Covers(string exception, Uri host)
    {
        if (exception == "*")
        {
            return true;
        }

        string name = host.Host.Trim('[', ']').TrimEnd('.');
        if (exception.Contains('/', StringComparison.Ordinal))
        {
            return IPNetwork.TryParse(exception, out IPNetwork network) && IPAddress.TryParse(name, out IPAddress? inside) && network.Contains(inside);
        }

        string rule = exception;
        int colon = rule.LastIndexOf(':');
        if (colon > 0 && rule.IndexOf(':', StringComparison.Ordinal) == colon)
        {
            if (rule[(colon + 1)..] != host.Port.ToString(System.Globalization.CultureInfo.InvariantCulture))
            {
                return false;
            }

            rule = rule[..colon];
        }

        rule = rule.Trim('[', ']').TrimStart('*').Trim('.');
        return rule.Length > 0 && (name.Equals(rule, StringComparison.OrdinalIgnoreCase)
            || (name.EndsWith("." + rule, StringComparison.OrdinalIgnoreCase) && !IPAddress.TryParse(name, out _)));
    }

    private static Uri? Parse(string text)
    {
        if (text.Length == 0)
        {
            return null;
        }

        string url = text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text;
        return Uri.TryCreate(url, UriKind.Absolute, out Uri? proxy) && proxy.Scheme is "http" or "https" or "socks5" or "socks5h" or "socks4" or "socks4a" && proxy.Host.Length > 0
            ? proxy.Scheme == "socks5h" ? new Uri("socks5" + url["socks5h".Length..]) : proxy
            : throw new FormatException($"{RegistryText.Quote(WithoutUser(text))} is not a proxy's url: write it as http://HOST:PORT");
    }

    private static string WithoutUser(string text) => text[(text.LastIndexOf('@') + 1)..];

    /// <summary>What stands before the @ of a proxy's URL.</summary>
    private sealed class UserInfo(params Uri?[] proxies) : ICredentials
    {
        public NetworkCredential? GetCredential(Uri uri, string authType)
        {
            string? info = proxies.FirstOrDefault(p => p is not null && p.UserInfo.Length > 0 && p.Host == uri.Host && p.Port == uri.Port)?.UserInfo;
            if (info is null)
            {
                return null;
            }

            int colon = info.IndexOf(':', StringComparison.Ordinal);
            return new NetworkCredential(Uri.UnescapeDataString(colon < 0 ? info : info[..colon]), colon < 0 ? "" : Uri.UnescapeDataString(info[(colon + 1)..]));
        }
    }
}
