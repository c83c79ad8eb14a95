using System.Net;
using System.Net.Http;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CctlImages.Registry;

/// <summary>
/// Connections for one endpoint, and for where it redirects to: its CA certificates hold for both, its client certificate is shown
/// to the endpoint's own host alone. It follows no redirect, keeps no cookies and knows no credentials: who uses it decides those.
/// </summary>
internal sealed class HostTransport : IDisposable
{
    private readonly SocketsHttpHandler _handler;
    private readonly X509Certificate2Collection _authorities = [];
    private readonly bool _insecure;
    private readonly string _host;
    private readonly string _name;
    private X509Certificate2? _client;
    private volatile string? _certificateProblem;

    /// <summary>The transport of an endpoint.</summary>
    /// <exception cref="RegistryException">A certificate or key cannot be read.</exception>
    public HostTransport(Endpoint endpoint, ClientOptions options)
    {
        _insecure = endpoint.Insecure;
        _name = endpoint.Host;
        _host = new Uri("https://" + endpoint.Authority).Host;
        _handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            ConnectTimeout = options.ConnectTimeout,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            MaxResponseHeadersLength = 64,
            MaxResponseDrainSize = 64 << 10,
            Proxy = options.Proxies,
            UseProxy = options.Proxies != ProxyRules.None,
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = Validate,
                // Chains are built of what the server sends and what is here: nothing that a certificate names is fetched.
                CertificateChainPolicy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true },
            },
        };
        LoadCertificates(endpoint);
        Invoker = new HttpMessageInvoker(_handler, disposeHandler: true);
    }

    /// <summary>What sends.</summary>
    public HttpMessageInvoker Invoker { get; }

    /// <summary>What was wrong with the last certificate that was refused; null where none was.</summary>
    public string? CertificateProblem => _certificateProblem;

    /// <inheritdoc/>
    public void Dispose()
    {
        Invoker.Dispose();
        _client?.Dispose();
        foreach (X509Certificate2 authority in _authorities)
        {
            authority.Dispose();
        }
    }

    private void LoadCertificates(Endpoint endpoint)
    {
        string what = "CA certificate";
        try
        {
            if (endpoint.Authorities.Length > 0)
            {
                _authorities.ImportFromPem(System.Text.Encoding.ASCII.GetString(endpoint.Authorities));
            }

            if (endpoint.ClientCertificate.Length > 0)
            {
                what = "client certificate";
                _client = X509Certificate2.CreateFromPem(System.Text.Encoding.ASCII.GetString(endpoint.ClientCertificate), System.Text.Encoding.ASCII.GetString(endpoint.ClientKey));
                _handler.SslOptions.LocalCertificateSelectionCallback = (_, target, _, _, _) => target.Equals(_host, StringComparison.OrdinalIgnoreCase) ? _client : null!;
            }
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new RegistryException(FailureKind.Tls, $"the {what} of {endpoint.Host} cannot be read: it is not PEM", e);
        }
    }

    private bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None || _insecure)
        {
            return true;
        }

        if (errors == SslPolicyErrors.RemoteCertificateChainErrors && certificate is X509Certificate2 own && chain is not null && IsOfAuthorities(own, chain))
        {
            return true;
        }

        _certificateProblem = Describe(certificate, chain, errors);
        return false;
    }

    private bool IsOfAuthorities(X509Certificate2 certificate, X509Chain chain)
    {
        if (_authorities.Count == 0)
        {
            return false;
        }

        using var own = new X509Chain();
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        own.ChainPolicy.DisableCertificateDownloads = true;
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1")); // id-kp-serverAuth, RFC 5280
        own.ChainPolicy.CustomTrustStore.AddRange(_authorities);
        own.ChainPolicy.ExtraStore.AddRange(chain.ChainPolicy.ExtraStore);
        return own.Build(certificate);
    }

    private string Describe(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
        {
            return "it shows no certificate";
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return $"its certificate is for another name ({RegistryText.Safe(certificate.Subject, 120)})";
        }

        X509ChainStatusFlags flags = chain?.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, s) => all | s.Status) ?? X509ChainStatusFlags.NoError;
        return flags.HasFlag(X509ChainStatusFlags.NotTimeValid)
            ? "its certificate has expired, or this machine's clock is wrong"
            : $"its certificate is not of a CA that is trusted here ({flags}): put the CA's certificate into /etc/cctl/certs.d/{_name}/ca.crt";
    }
}
