using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>The hooks of a launch (config.md, "POSIX-platform Hooks").</summary>
internal sealed class HooksPart(PlanScope scope, CommandPart command, SeccompPart seccomp) : LaunchPart(scope)
{
    /// <summary>
    /// config.md, "POSIX-platform Hooks": prestart and createRuntime run in the runtime's namespaces, createContainer in
    /// the guest's; all of them after the mounts and before pivot_root(2).
    /// </summary>
    public void RunBeforePivot()
    {
        if (Config.Hooks is not Hooks hooks)
        {
            return;
        }

        // For those of createContainer too: the runtime writes their state once it knows the child, which must not be earlier.
        if (hooks.Prestart is { Count: > 0 } || hooks.CreateRuntime is { Count: > 0 } || hooks.CreateContainer is { Count: > 0 })
        {
            Writer.From("/hooks", "run the runtime's hooks", HintKind.Hook);
            Request(ControlKind.RuntimeHooks);
        }

        Run("createContainer", hooks.CreateContainer, Inputs.Environment);
    }

    public void RunStartContainer()
    {
        Writer.Tag(OperationTag.Hook);
        // It is the guest's own code: it runs under all of the guest's restrictions.
        Run("startContainer", Config.Hooks?.StartContainer, null, seccomp.LoadsEarly ? null : Inputs.Seccomp);
        Writer.Tag(OperationTag.Setup);
    }

    private void Run(string kind, List<Hook>? hooks, byte[]? callers, SeccompFilter? filter = null)
    {
        for (int i = 0; i < (hooks?.Count ?? 0); i++)
        {
            Hook hook = hooks![i];
            Writer.From($"/hooks/{kind}/{i}", $"run {hook.Path}", HintKind.Hook);
            Argument path = Writer.Text(hook.Path!);
            Argument arguments = Writer.TextArray(hook.Args is { Count: > 0 } args ? args : [hook.Path!]);
            // config.md leaves it open whose environment a hook without one has: as with the peers, its starter's.
            Argument environment = hook.Env is null && callers is not null ? Writer.TextArray(callers) : Writer.TextArray(hook.Env ?? command.Environment());
            long timeout = hook.Timeout is int seconds ? seconds * 1000L : -1;
            Writer.Add(OperationCode.Hook, Slot.None, (int)(filter?.Flags ?? 0), path, arguments, environment, Inputs.HookState, timeout, filter is null ? 0 : seccomp.Program(filter));
        }
    }
}
