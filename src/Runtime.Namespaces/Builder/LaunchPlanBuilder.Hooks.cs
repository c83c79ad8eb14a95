using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Child;
using Runtime.Namespaces.Plan;

namespace Runtime.Namespaces.Builder;

public sealed partial class LaunchPlanBuilder
{
    /// <summary>
    /// config.md, "POSIX-platform Hooks": prestart and createRuntime run in the runtime's namespaces, createContainer in
    /// the guest's; all of them after the mounts and before pivot_root(2).
    /// </summary>
    private void RunHooksBeforePivot()
    {
        if (_config.Hooks is not Hooks hooks)
        {
            return;
        }

        // For those of createContainer too: the runtime writes their state once it knows the child, which must not be earlier.
        if (hooks.Prestart is { Count: > 0 } || hooks.CreateRuntime is { Count: > 0 } || hooks.CreateContainer is { Count: > 0 })
        {
            _writer.From("/hooks", "run the runtime's hooks", HintKind.Hook);
            _writer.Add(OperationCode.Request, Slot.None, 0, (int)ControlKind.RuntimeHooks);
        }

        RunHooks("createContainer", hooks.CreateContainer, _inputs.Environment);
    }

    private void RunStartContainerHooks()
    {
        _writer.Tag(OperationTag.Hook);
        // It is the guest's own code: it runs under all of the guest's restrictions.
        RunHooks("startContainer", _config.Hooks?.StartContainer, null, LoadsSeccompEarly ? null : _inputs.Seccomp);
        _writer.Tag(OperationTag.Setup);
    }

    private void RunHooks(string kind, List<Hook>? hooks, byte[]? callers, SeccompFilter? filter = null)
    {
        for (int i = 0; i < (hooks?.Count ?? 0); i++)
        {
            Hook hook = hooks![i];
            _writer.From($"/hooks/{kind}/{i}", $"run {hook.Path}", HintKind.Hook);
            Argument path = _writer.Text(hook.Path!);
            Argument arguments = _writer.TextArray(hook.Args is { Count: > 0 } args ? args : [hook.Path!]);
            // config.md leaves it open whose environment a hook without one has: as with the peers, its starter's.
            Argument environment = hook.Env is null && callers is not null ? _writer.TextArray(callers) : _writer.TextArray(hook.Env ?? Environment());
            long timeout = hook.Timeout is int seconds ? seconds * 1000L : -1;
            _writer.Add(OperationCode.Hook, Slot.None, (int)(filter?.Flags ?? 0), path, arguments, environment, _inputs.HookState, timeout, filter is null ? 0 : FilterProgram(filter));
        }
    }
}
