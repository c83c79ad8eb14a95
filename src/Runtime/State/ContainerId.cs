namespace Runtime.State;

/// <summary>Container ids: they name a directory, a cgroup and a socket, so only what is harmless in all of them is allowed.</summary>
public static class ContainerId
{
    /// <summary>The longest id in bytes: NAME_MAX, since an id is the name of a directory.</summary>
    public const int MaxLength = 255;

    /// <summary>Refuses an id that is not <c>[A-Za-z0-9_+.-]+</c>, or is <c>.</c> or <c>..</c>, or is too long.</summary>
    /// <exception cref="ContainerException">The id is not allowed.</exception>
    public static void Check(string id)
    {
        if (id.Length == 0)
        {
            throw new ContainerException("container id: empty: an id is letters, digits and _ + . -");
        }

        if (id.Length > MaxLength)
        {
            throw new ContainerException($"container id: {id.Length} characters: at most {MaxLength} are allowed");
        }

        if (id is "." or "..")
        {
            throw new ContainerException($"container id: \"{id}\": not a name of its own: an id is letters, digits and _ + . -");
        }

        for (int i = 0; i < id.Length; i++)
        {
            char c = id[i];
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '+' or '.' or '-'))
            {
                throw new ContainerException(
                    $"container id: {Shown(c)} at position {i + 1} is not allowed: an id is letters, digits and _ + . -");
            }
        }
    }

    private static string Shown(char c) => c == ' ' ? "a space" : char.IsBetween(c, '!', '~') ? $"\"{c}\"" : $"character U+{(int)c:X4}";
}
