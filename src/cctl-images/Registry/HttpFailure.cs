using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Security.Authentication;

namespace CctlImages.Registry;

/// <summary>What an exception of the HTTP client means to a person, with the way out.</summary>
internal static class HttpFailure
{
    /// <summary>The failure of a request to a host.</summary>
    /// <param name="e">What was thrown.</param>
    /// <param name="uri">What was asked for.</param>
    /// <param name="tlsProblem">What was wrong with the host's certificate; null where nothing was seen.</param>
    public static RegistryException Of(Exception e, Uri uri, string? tlsProblem)
    {
        string host = Name(uri);
        if (e is OperationCanceledException or TimeoutException)
        {
            return new RegistryException(FailureKind.Unreachable, $"{host} did not answer in time: check the network, or try again", e);
        }

        SocketException? socket = Inner<SocketException>(e);
        HttpRequestError error = (e as HttpRequestException)?.HttpRequestError ?? (e as HttpIOException)?.HttpRequestError ?? HttpRequestError.Unknown;
        return error switch
        {
            HttpRequestError.NameResolutionError => new RegistryException(FailureKind.Unreachable, $"{host}: no host of this name is found: check the spelling, and the name servers in /etc/resolv.conf", e),
            HttpRequestError.SecureConnectionError => Tls(e, uri, tlsProblem),
            HttpRequestError.ProxyTunnelError => new RegistryException(FailureKind.Unreachable, $"the proxy refuses the way to {host}: check https_proxy and no_proxy", e),
            HttpRequestError.ConfigurationLimitExceeded => new RegistryException(FailureKind.Protocol, $"{host} answers with headers that are too long", e),
            HttpRequestError.InvalidResponse => new RegistryException(FailureKind.Protocol, $"{host} does not answer in HTTP{(uri.Scheme == "http" ? ": does it want https?" : "")}", e),
            _ when socket is not null => new RegistryException(FailureKind.Unreachable, OfSocket(socket.SocketErrorCode, host), e),
            _ => new RegistryException(FailureKind.Unreachable, $"the connection to {host} was lost", e),
        };
    }

    /// <summary>Whether another attempt may succeed.</summary>
    public static bool IsTransient(RegistryException e) => e.Kind == FailureKind.Unavailable
        || (e.Kind == FailureKind.Unreachable && Inner<SocketException>(e)?.SocketErrorCode is not (SocketError.ConnectionRefused or SocketError.HostNotFound or SocketError.NoData));

    /// <summary>Host and port of a URL; the port only where it is not the scheme's.</summary>
    public static string Name(Uri uri) => RegistryText.Safe(uri.IsDefaultPort ? uri.Host : $"{uri.Host}:{uri.Port}", 255);

    private static RegistryException Tls(Exception e, Uri uri, string? problem)
    {
        string host = Name(uri);
        if (problem is not null)
        {
            return new RegistryException(FailureKind.Tls, $"{host}: {problem}", e);
        }

        string reason = RegistryText.Safe(Inner<AuthenticationException>(e)?.InnerException?.Message ?? Inner<AuthenticationException>(e)?.Message ?? Inner<IOException>(e)?.Message ?? e.Message, 160);
        return Inner<SocketException>(e) is { } socket
            ? new RegistryException(FailureKind.Unreachable, OfSocket(socket.SocketErrorCode, host), e)
            : new RegistryException(FailureKind.Tls, $"{host} does not speak TLS as it should ({reason}): a registry of plain http takes `insecure: true` in registries.yaml", e);
    }

    private static string OfSocket(SocketError error, string host) => error switch
    {
        SocketError.ConnectionRefused => $"{host} refuses connections: is the registry running there, and is the port right?",
        SocketError.HostNotFound or SocketError.NoData => $"{host}: no host of this name is found: check the spelling, and the name servers in /etc/resolv.conf",
        SocketError.TryAgain => $"{host}: the name servers do not answer: check the network, and /etc/resolv.conf",
        SocketError.TimedOut => $"{host} did not answer in time: check the network, or try again",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.NetworkDown => $"no way leads to {host}: check the network",
        SocketError.AccessDenied => $"connections to {host} are not permitted on this machine: look at its firewall",
        _ => $"the connection to {host} was lost",
    };

    private static T? Inner<T>(Exception e)
        where T : Exception
    {
        for (Exception? at = e; at is not null; at = at.InnerException)
        {
            if (at is T found)
            {
                return found;
            }
        }

        return null;
    }
}
