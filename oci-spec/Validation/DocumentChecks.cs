namespace OciSpec;

/// <summary>Checks of the document as a whole.</summary>
internal static class DocumentChecks
{
    /// <summary><c>ociVersion</c> is required, SemVer 2.0, and of major version 1, whose versions are compatible (config.md, specification version).</summary>
    public static void OciVersion(RuntimeConfig config, Findings findings)
    {
        if (string.IsNullOrEmpty(config.OciVersion))
        {
            findings.Missing("/ociVersion", "the version of the specification");
        }
        else if (!IsSemVer(config.OciVersion))
        {
            findings.Error("/ociVersion", $"{Findings.Quote(config.OciVersion)} is not a version: SemVer 2.0 such as 1.3.0");
        }
        else if (!config.OciVersion.StartsWith("1.", StringComparison.Ordinal))
        {
            findings.Error("/ociVersion", $"{Findings.Quote(config.OciVersion)} is not a version of the specification that is known: 1.x.y");
        }
    }

    /// <summary>Sections of other platforms are for their runtimes (config.md, platform-specific configuration).</summary>
    public static void Platform(RuntimeConfig config, Findings findings)
    {
        OtherPlatform(config, config.Solaris, "/solaris", findings);
        OtherPlatform(config, config.Windows, "/windows", findings);
        OtherPlatform(config, config.Vm, "/vm", findings);
        OtherPlatform(config, config.Zos, "/zos", findings);
        OtherPlatform(config, config.Freebsd, "/freebsd", findings);
    }

    /// <summary><c>root</c> and its path are required on Linux (config.md, root).</summary>
    public static void Root(RuntimeConfig config, Findings findings)
    {
        if (config.Root is null)
        {
            findings.Missing("/root", "the container's root file system");
        }
        else if (string.IsNullOrEmpty(config.Root.Path))
        {
            findings.Missing("/root/path", "the path of the container's root file system");
        }
    }

    /// <summary>Keys of annotations are not empty (config.md, annotations).</summary>
    public static void Annotations(RuntimeConfig config, Findings findings)
    {
        if (config.Annotations?.ContainsKey("") == true)
        {
            findings.Error("/annotations/", "a key must not be empty");
        }
    }

    // A config for several platforms has a section for each; one for another alone is not for this runtime.
    private static void OtherPlatform(RuntimeConfig config, RawSection? section, string pointer, Findings findings)
    {
        if (section is null)
        {
            return;
        }

        if (config.Linux is null)
        {
            findings.Error(pointer, "this is a Linux runtime: the section is for another platform");
        }
        else
        {
            findings.Warning(pointer, "this is a Linux runtime: the section is for another platform, and ignored");
        }
    }

    private static bool IsSemVer(string version)
    {
        ReadOnlySpan<char> rest = version;
        int plus = rest.IndexOf('+');
        if (plus >= 0 && !AreIdentifiers(rest[(plus + 1)..], numbersMayStartWithZero: true))
        {
            return false;
        }

        rest = plus >= 0 ? rest[..plus] : rest;
        int dash = rest.IndexOf('-');
        if (dash >= 0 && !AreIdentifiers(rest[(dash + 1)..], numbersMayStartWithZero: false))
        {
            return false;
        }

        rest = dash >= 0 ? rest[..dash] : rest;
        int parts = 0;
        foreach (Range part in rest.Split('.'))
        {
            ReadOnlySpan<char> number = rest[part];
            if (number.IsEmpty || number.ContainsAnyExceptInRange('0', '9') || (number.Length > 1 && number[0] == '0'))
            {
                return false;
            }

            parts++;
        }

        return parts == 3;
    }

    private static bool AreIdentifiers(ReadOnlySpan<char> text, bool numbersMayStartWithZero)
    {
        foreach (Range part in text.Split('.'))
        {
            ReadOnlySpan<char> identifier = text[part];
            bool number = !identifier.ContainsAnyExceptInRange('0', '9');
            if (identifier.IsEmpty || (number && !numbersMayStartWithZero && identifier.Length > 1 && identifier[0] == '0'))
            {
                return false;
            }

            foreach (char c in identifier)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c != '-')
                {
                    return false;
                }
            }
        }

        return true;
    }
}
