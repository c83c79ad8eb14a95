using OciSpec;

namespace Runtime.Hooks;

/// <summary>Runs the hooks that <c>delete</c> needs.</summary>
public interface IHookRunner
{
    /// <summary>
    /// Runs the <c>poststop</c> hooks in their order, in the runtime's namespaces, with the state on standard input. A
    /// failure is logged and the next hook runs (runtime.md, lifecycle, 13).
    /// </summary>
    void RunPoststop(IReadOnlyList<Hook> hooks, ContainerState state);
}
