using OciSpec;

namespace CctlImages.Credentials;

/// <summary>Docker's config.json and podman's auth.json, as far as they say who one is (docker-login(1), containers-auth.json(5)).</summary>
[OciDocument]
internal sealed class AuthDocument
{
    /// <summary><c>auths</c>: an <see cref="AuthEntry"/> for each registry, or repository of one.</summary>
    public Dictionary<string, RawSection>? Auths { get; set; }

    /// <summary><c>credsStore</c>: the helper for every registry.</summary>
    public string? CredsStore { get; set; }

    /// <summary><c>credHelpers</c>: the helper for each registry.</summary>
    public Dictionary<string, string>? CredHelpers { get; set; }
}

/// <summary>One entry of <see cref="AuthDocument.Auths"/>.</summary>
[OciDocument]
internal sealed class AuthEntry
{
    /// <summary><c>auth</c>: user and password with a colon between them, base64.</summary>
    public string? Auth { get; set; }

    /// <summary><c>username</c>, in the place of <c>auth</c>.</summary>
    public string? Username { get; set; }

    /// <summary><c>password</c>, in the place of <c>auth</c>.</summary>
    public string? Password { get; set; }

    /// <summary><c>identitytoken</c>: an OAuth 2 refresh token.</summary>
    [JsonName("identitytoken")]
    public string? IdentityToken { get; set; }

    /// <summary><c>registrytoken</c>: a bearer token for the registry.</summary>
    [JsonName("registrytoken")]
    public string? RegistryToken { get; set; }
}

/// <summary>What a credential helper answers.</summary>
[OciDocument]
internal sealed class HelperAnswer
{
    /// <summary><c>Username</c>; <c>&lt;token&gt;</c> where the secret is an identity token.</summary>
    [JsonName("Username")]
    public string? Username { get; set; }

    /// <summary><c>Secret</c>: password or token.</summary>
    [JsonName("Secret")]
    public string? Secret { get; set; }
}
