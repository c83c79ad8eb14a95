namespace OciSpec;

/// <summary>Checks of hooks.</summary>
internal static class HookChecks
{
    /// <summary>Paths are required and absolute, time limits more than 0 (config.md, POSIX-platform hooks).</summary>
    public static void Hooks(RuntimeConfig config, Findings findings)
    {
        if (config.Hooks is not { } hooks)
        {
            return;
        }

        List(hooks.Prestart, "/hooks/prestart", findings);
        List(hooks.CreateRuntime, "/hooks/createRuntime", findings);
        List(hooks.CreateContainer, "/hooks/createContainer", findings);
        List(hooks.StartContainer, "/hooks/startContainer", findings);
        List(hooks.Poststart, "/hooks/poststart", findings);
        List(hooks.Poststop, "/hooks/poststop", findings);
    }

    private static void List(List<Hook>? hooks, string at, Findings findings)
    {
        for (int i = 0; i < hooks?.Count; i++)
        {
            if (string.IsNullOrEmpty(hooks[i].Path))
            {
                findings.Missing($"{at}/{i}/path", "the path of the executable");
            }
            else if (hooks[i].Path![0] != '/')
            {
                findings.Error($"{at}/{i}/path", $"{Findings.Quote(hooks[i].Path)} is not an absolute path");
            }

            if (hooks[i].Timeout <= 0)
            {
                findings.Error($"{at}/{i}/timeout", $"{hooks[i].Timeout} is out of range: at least 1 second");
            }
        }
    }
}
