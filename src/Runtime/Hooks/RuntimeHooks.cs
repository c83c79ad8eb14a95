using OciSpec;
using Runtime.Namespaces;
using Runtime.Namespaces.Launch;

namespace Runtime.Hooks;

/// <summary>Runs hooks in the runtime's namespaces, in their order, with the state on standard input.</summary>
public sealed class RuntimeHooks : IHookRunner
{
    /// <summary>Runs hooks whose failure is the container's.</summary>
    /// <exception cref="LaunchException">One of them failed; those after it do not run.</exception>
    public static void Run(string kind, IReadOnlyList<Hook>? hooks, ContainerState state)
    {
        byte[] json = hooks is { Count: > 0 } ? ConfigFile.Write(state) : [];
        for (int i = 0; i < (hooks?.Count ?? 0); i++)
        {
            RuntimeCommands.RunHook($"/hooks/{kind}/{i}", hooks![i], json);
        }
    }

    /// <inheritdoc/>
    public void RunPoststop(IReadOnlyList<Hook> hooks, ContainerState state)
    {
        byte[] json = ConfigFile.Write(state);
        for (int i = 0; i < hooks.Count; i++)
        {
            try
            {
                RuntimeCommands.RunHook($"/hooks/poststop/{i}", hooks[i], json);
            }
            catch (LaunchException e)
            {
                RuntimeLog.Warn(e.Message);
            }
        }
    }
}
