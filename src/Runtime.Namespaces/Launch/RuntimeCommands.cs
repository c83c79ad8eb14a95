using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Child;
using Runtime.Namespaces.Plan;

namespace Runtime.Namespaces.Launch;

/// <summary>
/// Runs programs in the runtime's own namespaces: hooks, newuidmap(1), criu. It forks as a launch does and for the same
/// reason; the .NET library's Process would bring threads and a SIGCHLD handler that takes away others' children.
/// </summary>
public static unsafe class RuntimeCommands
{
    /// <summary>Runs a hook with the state on its standard input (config.md, "POSIX-platform Hooks").</summary>
    /// <param name="pointer">Where the hook stands in config.json.</param>
    /// <param name="hook">The hook.</param>
    /// <param name="state">The state, as JSON.</param>
    /// <exception cref="LaunchException">It could not be started, failed, or took longer than its timeout.</exception>
    public static void RunHook(string pointer, Hook hook, ReadOnlySpan<byte> state)
    {
        using Fd input = Sys.MemfdCreate("state");
        Sys.Write(input.Number, state);
        Run(pointer, hook, input.Number, hook.Env is { } variables ? writer => writer.TextArray(variables) : OwnEnvironment);
    }

    /// <summary>The runtime's own environment as execve(2) gave it, each variable ended by a NUL: that of hooks that name none.</summary>
    public static byte[] Environment() => FileText.TryRead(Abi.AT_FDCWD, "/proc/self/environ", out byte[] variables) == Errno.OK ? variables : [];

    /// <summary>Runs a program with an environment of PATH alone and an input without content: not the host's /dev/null, which may be broken.</summary>
    /// <exception cref="LaunchException">It could not be started or failed.</exception>
    public static void Run(string pointer, List<string> command, int timeoutSeconds)
    {
        using Fd input = Sys.MemfdCreate("input");
        var environment = new List<string> { "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };
        Run(pointer, new Hook { Path = command[0], Args = command, Timeout = timeoutSeconds }, input.Number, writer => writer.TextArray(environment));
    }

    private static Argument OwnEnvironment(PlanWriter writer) => writer.TextArray(Environment());

    private static void Run(string pointer, Hook hook, int input, Func<PlanWriter, Argument> environment)
    {
        using Fd output = HookOutput.Make();
        using LaunchPlan plan = Compile(pointer, hook, input, environment, describe: false);
        plan.HookOutput = output.Number;
        bool succeeded = ChildInterpreter.Run(plan.Context, 0, plan.Count);
        HookOutput.Seal(output);
        if (!succeeded)
        {
            using LaunchPlan described = Compile(pointer, hook, input, environment, describe: true);
            throw described.Failure(plan.FailedOperation, plan.FailedErrno, plan.HookSaid);
        }
    }

    private static LaunchPlan Compile(string pointer, Hook hook, int input, Func<PlanWriter, Argument> environment, bool describe)
    {
        var writer = new PlanWriter(describe);
        writer.From(pointer, $"run {hook.Path}", HintKind.Hook);
        Argument arguments = writer.TextArray(hook.Args is { Count: > 0 } args ? args : [hook.Path!]);
        long timeout = hook.Timeout is int seconds ? seconds * 1000L : -1;
        writer.Add(OperationCode.Hook, Slot.None, 0, writer.Text(hook.Path!), arguments, environment(writer), input, timeout);
        return writer.Finish(1);
    }
}
