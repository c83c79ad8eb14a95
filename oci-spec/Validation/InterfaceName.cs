namespace OciSpec;

/// <summary>Names of network interfaces, as the kernel's dev_valid_name takes them.</summary>
public static class InterfaceName
{
    /// <summary>Longest name, characters: IFNAMSIZ less the NUL.</summary>
    public const int MaxLength = 15;

    /// <summary>What a name may be, for messages.</summary>
    public const string Rule = "1 to 15 characters, no \"/\", \":\" or white space, not \".\" or \"..\"";

    /// <summary>Whether the kernel takes the name.</summary>
    public static bool IsValid(string name)
    {
        if (name is "" or "." or ".." || System.Text.Encoding.UTF8.GetByteCount(name) > MaxLength)
        {
            return false;
        }

        foreach (char c in name)
        {
            if (c is '/' or ':' || char.IsWhiteSpace(c) || char.IsControl(c))
            {
                return false;
            }
        }

        return true;
    }
}
