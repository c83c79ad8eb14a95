using CctlImages.Registry;

namespace Unit.Tests.Images.Registry;

/// <summary>WWW-Authenticate as RFC 9110 has it, and as registries write it.</summary>
public sealed class ChallengeTests
{
    [Theory]
    [InlineData("Bearer realm=\"https://auth.example.com/token\",service=\"registry\",scope=\"repository:a/b:pull,push\"", "Bearer[realm=https://auth.example.com/token;service=registry;scope=repository:a/b:pull,push]")]
    [InlineData("bearer Realm = \"x\" , service=y", "bearer[realm=x;service=y]")]
    [InlineData("Basic realm=\"a, b=\\\"c\\\"\"", "Basic[realm=a, b=\"c\"]")]
    [InlineData("Basic realm=\"a\", Bearer realm=\"b\",service=\"c\"", "Basic[realm=a] Bearer[realm=b;service=c]")]
    [InlineData("Negotiate, Basic realm=\"a\"", "Negotiate[] Basic[realm=a]")]
    [InlineData("Negotiate YWJj==, Bearer realm=\"b\"", "Negotiate[] Bearer[realm=b]")]
    [InlineData("Basic", "Basic[]")]
    [InlineData("Bearer realm=\"a\",realm=\"b\"", "Bearer[realm=a]")]
    [InlineData("Bearer realm=\"not closed", "Bearer[]")]
    [InlineData("Bearer realm=", "Bearer[]")]
    [InlineData(", ,", "")]
    [InlineData("", "")]
    [InlineData("\"", "")]
    public void Challenges_are_read(string header, string expected) =>
        Assert.Equal(expected, string.Join(' ', AuthenticationChallenge.Parse(header).Select(c => $"{c.Scheme}[{string.Join(';', c.Parameters.Select(p => $"{p.Key}={p.Value}"))}]")));
}
