namespace CctlImages.Registry;

/// <summary>One challenge of a WWW-Authenticate header (RFC 9110, 11.6.1): a scheme and its parameters.</summary>
/// <param name="Scheme">As <c>Bearer</c>; compared without case.</param>
/// <param name="Parameters">By their names in lower case; the first of each name counts.</param>
internal sealed record AuthenticationChallenge(string Scheme, IReadOnlyDictionary<string, string> Parameters)
{
    /// <summary>Longest header that is read, characters.</summary>
    private const int Longest = 16 << 10;

    private const string TokenSigns = "!#$%&'*+-.^_`|~";

    /// <summary>Whether it is of this scheme.</summary>
    public bool Is(string scheme) => Scheme.Equals(scheme, StringComparison.OrdinalIgnoreCase);

    /// <summary>A parameter; null where it is not there.</summary>
    public string? this[string name] => Parameters.GetValueOrDefault(name);

    /// <summary>
    /// Reads a header, which may have several challenges: <c>Basic realm="a", Bearer realm="b",service="c"</c>. What follows
    /// something malformed is not read: no rule says where the next challenge would begin.
    /// </summary>
    public static List<AuthenticationChallenge> Parse(string header)
    {
        var found = new List<AuthenticationChallenge>();
        Dictionary<string, string>? parameters = null;
        ReadOnlySpan<char> rest = header.AsSpan(0, Math.Min(header.Length, Longest));
        while (!(rest = rest.TrimStart(" \t,")).IsEmpty)
        {
            ReadOnlySpan<char> word = TakeToken(ref rest);
            if (word.IsEmpty)
            {
                break;
            }

            ReadOnlySpan<char> behind = rest.TrimStart(" \t");
            if (parameters is null || !behind.StartsWith('='))
            {
                parameters = [];
                found.Add(new AuthenticationChallenge(word.ToString(), parameters));
                SkipToken68(ref rest);
                continue;
            }

            rest = behind[1..].TrimStart(" \t");
            if (TakeValue(ref rest) is not { } value)
            {
                break;
            }

            parameters.TryAdd(word.ToString().ToLowerInvariant(), value);
        }

        return found;
    }

    private static bool IsToken(char c) => char.IsAsciiLetterOrDigit(c) || TokenSigns.Contains(c);

    private static ReadOnlySpan<char> TakeToken(ref ReadOnlySpan<char> rest)
    {
        int length = 0;
        while (length < rest.Length && IsToken(rest[length]))
        {
            length++;
        }

        ReadOnlySpan<char> token = rest[..length];
        rest = rest[length..];
        return token;
    }

    // What Negotiate has in the place of parameters: characters of base64, then any number of =, then the end or a comma.
    private static void SkipToken68(ref ReadOnlySpan<char> rest)
    {
        ReadOnlySpan<char> text = rest.TrimStart(" \t");
        int length = 0;
        while (length < text.Length && (char.IsAsciiLetterOrDigit(text[length]) || "-._~+/".Contains(text[length])))
        {
            length++;
        }

        ReadOnlySpan<char> behind = text[length..].TrimStart('=').TrimStart(" \t");
        if (length > 0 && (behind.IsEmpty || behind[0] == ',') && text.Length != rest.Length)
        {
            rest = behind;
        }
    }

    private static string? TakeValue(ref ReadOnlySpan<char> rest)
    {
        if (!rest.StartsWith('"'))
        {
            ReadOnlySpan<char> token = TakeToken(ref rest);
            return token.IsEmpty ? null : token.ToString();
        }

        var value = new System.Text.StringBuilder();
        for (int i = 1; i < rest.Length; i++)
        {
            if (rest[i] == '"')
            {
                rest = rest[(i + 1)..];
                return value.ToString();
            }

            if (rest[i] == '\\' && ++i == rest.Length)
            {
                break;
            }

            value.Append(rest[i]);
        }

        return null; // the quotation mark is not closed
    }
}
