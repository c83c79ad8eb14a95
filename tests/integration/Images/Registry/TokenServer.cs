using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace Integration.Tests.Images.Registry;

/// <summary>
/// A token server (distribution's token specification): a token for anybody to read what is public, for the user to read and write
/// everything. Tokens are JSON web tokens, ES256, signed by a certificate that the registry trusts.
/// </summary>
internal sealed class TokenServer : IDisposable
{
    /// <summary>The user.</summary>
    public const string User = "user";

    /// <summary>The user's password.</summary>
    public const string Password = "pass word:with colon";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly X509Certificate2 _certificate;
    private readonly ConcurrentQueue<string> _requests = [];

    /// <summary>Starts one.</summary>
    /// <param name="certificate">Its certificate, for TLS and for the tokens.</param>
    public TokenServer(X509Certificate2 certificate)
    {
        _certificate = certificate;
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>The registry's name to it.</summary>
    public static string Service => "the test registry";

    /// <summary>Where tokens are.</summary>
    public string Realm => string.Create(CultureInfo.InvariantCulture, $"https://localhost:{((IPEndPoint)_listener.LocalEndpoint).Port}/token");

    /// <summary>The targets that were asked for.</summary>
    public string[] Requests => [.. _requests];

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                TcpClient client = await _listener.AcceptTcpClientAsync();
                _ = Task.Run(() => ServeAsync(client));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using (client)
            {
                await using var stream = new SslStream(client.GetStream());
                await stream.AuthenticateAsServerAsync(_certificate);
                using var reader = new StreamReader(stream, Encoding.ASCII);
                string target = (await reader.ReadLineAsync() ?? "").Split(' ').ElementAtOrDefault(1) ?? "/";
                string? authorization = null;
                while (await reader.ReadLineAsync() is { Length: > 0 } header)
                {
                    authorization = header.StartsWith("Authorization: ", StringComparison.OrdinalIgnoreCase) ? header["Authorization: ".Length..] : authorization;
                }

                _requests.Enqueue(target);
                string good = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{Password}"));
                bool refused = authorization is not null && authorization != good;
                string body = refused ? """{"details":"incorrect username or password"}""" : $$"""{"token":"{{Token(target, authorization is not null)}}","expires_in":300}""";
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {(refused ? "401 Unauthorized" : "200 OK")}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"));
            }
        }
        catch (Exception e) when (e is IOException or SocketException or System.Security.Authentication.AuthenticationException)
        {
            // Whoever asked has gone.
        }
    }

    private string Token(string target, bool known)
    {
        var access = new JsonArray();
        foreach (string scope in new Uri("https://localhost" + target).Query.TrimStart('?').Split('&').Where(p => p.StartsWith("scope=", StringComparison.Ordinal)).Select(p => Uri.UnescapeDataString(p[6..])))
        {
            string[] parts = scope.Split(':');
            string[] actions = known ? parts[2].Split(',') : parts[1].StartsWith("public/", StringComparison.Ordinal) ? ["pull"] : [];
            access.Add((JsonNode)new JsonObject { ["type"] = parts[0], ["name"] = parts[1], ["actions"] = new JsonArray([.. actions.Select(a => (JsonNode)a)]) });
        }

        long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var header = new JsonObject { ["typ"] = "JWT", ["alg"] = "ES256", ["x5c"] = new JsonArray(Convert.ToBase64String(_certificate.RawData)) };
        var claims = new JsonObject
        {
            ["iss"] = "the test issuer",
            ["sub"] = known ? User : "",
            ["aud"] = Service,
            ["exp"] = now + 300,
            ["nbf"] = now - 10,
            ["iat"] = now,
            ["jti"] = Guid.NewGuid().ToString(),
            ["access"] = access,
        };
        string signed = Part(Encoding.UTF8.GetBytes(header.ToJsonString())) + "." + Part(Encoding.UTF8.GetBytes(claims.ToJsonString()));
        using ECDsa key = _certificate.GetECDsaPrivateKey()!;
        return signed + "." + Part(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256));
    }

    private static string Part(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
