namespace CctlImages.Credentials;

/// <summary>What identifies its owner to a registry: a user with a password, or a token that stands for them.</summary>
/// <param name="User">The user's name; empty with an identity token alone.</param>
/// <param name="Password">The password.</param>
/// <param name="IdentityToken">An OAuth 2 refresh token, which the token server takes for the password.</param>
/// <param name="RegistryToken">A bearer token, which the registry itself takes.</param>
internal sealed record Credential(string User, string Password, string IdentityToken = "", string RegistryToken = "")
{
    /// <summary>Whether there is a password to send.</summary>
    public bool HasPassword => User.Length > 0 || Password.Length > 0;

    /// <summary>For Basic authentication (RFC 7617).</summary>
    public string Basic => "Basic " + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{User}:{Password}"));

    /// <summary>Without its secrets.</summary>
    public override string ToString() => $"credential of {(User.Length > 0 ? User : "a token")}";
}
