using OciSpec;

namespace CctlImages.Registry;

/// <summary>What a token server answers (distribution's token specification, and RFC 6749).</summary>
[OciDocument]
internal sealed class TokenAnswer
{
    /// <summary><c>token</c>: the token, opaque.</summary>
    public string? Token { get; set; }

    /// <summary><c>access_token</c>: the same under OAuth 2's name.</summary>
    [JsonName("access_token")]
    public string? AccessToken { get; set; }

    /// <summary><c>expires_in</c>: seconds that it holds; 60 where it is missing.</summary>
    [JsonName("expires_in")]
    public long? ExpiresIn { get; set; }
}
