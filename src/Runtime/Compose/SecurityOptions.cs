namespace Runtime.Compose;

/// <summary>What <c>--security-opt</c> says.</summary>
internal sealed class SecurityOptions
{
    /// <summary><c>no-new-privileges</c>.</summary>
    public bool NoNewPrivileges { get; private set; }

    /// <summary><c>seccomp=FILE</c>, or <c>unconfined</c>; null for the default.</summary>
    public string? Seccomp { get; private set; }

    /// <summary><c>apparmor=PROFILE</c>.</summary>
    public string? ApparmorProfile { get; private set; }

    /// <summary><c>label=LABEL</c>, as SELinux has it.</summary>
    public string? SelinuxLabel { get; private set; }

    /// <summary><c>mask=PATH[:PATH…]</c>.</summary>
    public List<string> Masked { get; } = [];

    /// <summary><c>unmask=PATH[:PATH…]</c>, or ALL.</summary>
    public List<string> Unmasked { get; } = [];

    /// <summary>Sorts the options.</summary>
    /// <exception cref="ContainerException">One is not known.</exception>
    public static SecurityOptions Parse(IReadOnlyList<string> options)
    {
        var parsed = new SecurityOptions();
        foreach (string option in options)
        {
            int at = option.AsSpan().IndexOfAny('=', ':');
            string name = at < 0 ? option : option[..at];
            string value = at < 0 ? "" : option[(at + 1)..];
            parsed.Set(option, name, value);
        }

        return parsed;
    }

    private void Set(string option, string name, string value)
    {
        switch (name)
        {
            case "no-new-privileges" when value is "" or "true" or "false":
                NoNewPrivileges = value != "false";
                break;
            case "seccomp" when value.Length > 0:
                Seccomp = value;
                break;
            case "apparmor" when value.Length > 0:
                ApparmorProfile = value == "unconfined" ? null : value;
                break;
            case "label" when value == "disable":
                break; // There is none by default.
            case "label" when value.Contains(':', StringComparison.Ordinal):
                SelinuxLabel = value;
                break;
            case "mask" when value.StartsWith('/'):
                Masked.AddRange(value.Split(':'));
                break;
            case "unmask" when value.StartsWith('/') || value == "ALL":
                Unmasked.AddRange(value.Split(':'));
                break;
            default:
                throw new ContainerException($"--security-opt {option}: not known: no-new-privileges, seccomp=FILE|unconfined, apparmor=PROFILE|unconfined, label=LABEL|disable, mask=PATH and unmask=PATH|ALL are");
        }
    }
}
