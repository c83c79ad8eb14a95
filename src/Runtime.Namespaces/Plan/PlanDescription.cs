using System.Globalization;
using System.Text;
using Runtime.Linux;

namespace Runtime.Namespaces.Plan;

/// <summary>One line of an explained plan.</summary>
/// <param name="Number">The operation's number.</param>
/// <param name="InGuest">Whether the child runs it; else the runtime, before clone3(2).</param>
/// <param name="Pointer">Where in config.json it comes from; empty where the runtime itself wants it.</param>
/// <param name="Purpose">What it is for.</param>
/// <param name="Call">The call itself.</param>
public readonly record struct PlanLine(int Number, bool InGuest, string Pointer, string Purpose, string Call);

/// <summary>Makes a plan readable: for `explain`, for tests and for the messages of failures.</summary>
public static class PlanDescription
{
    /// <summary>All operations of a plan that was built to be described.</summary>
    public static IReadOnlyList<PlanLine> Describe(this LaunchPlan plan)
    {
        IReadOnlyList<Origin> origins = plan.Origins ?? throw new InvalidOperationException("the plan was not built to be described");
        var lines = new List<PlanLine>(plan.Count);
        for (int i = 0; i < plan.Count; i++)
        {
            lines.Add(new PlanLine(i, i >= plan.ChildStart, origins[i].Pointer, origins[i].Tried, Render(plan, plan.Operation(i))));
        }

        return lines;
    }

    /// <summary>The failure of one operation, in words.</summary>
    /// <param name="plan">A plan that was built to be described.</param>
    /// <param name="operation">The operation's number.</param>
    /// <param name="errno">Its errno, or how a hook ended.</param>
    /// <param name="said">What a hook wrote last; empty for nothing.</param>
    /// <param name="seen">The way out that a look at the place showed; null leaves it to <see cref="Hints"/>.</param>
    /// <param name="at">Where the fault lies, if that was found; null is where the operation comes from.</param>
    public static LaunchException Failure(this LaunchPlan plan, int operation, int errno, string said = "", string? seen = null, Origin? at = null)
    {
        Origin origin = at ?? plan.Origins![operation];
        if ((errno & ControlMessage.HookStatus) != 0)
        {
            return new LaunchException(origin.Pointer, $"{origin.Tried}: {HookEnding.Of(errno, said)}");
        }

        string hint = seen ?? Hints.For(origin.Hint, (Errno)errno);
        string call = plan.Operation(operation).Code == OperationCode.Syscall ? " (" + SyscallNames.Name(plan.Operation(operation).Number) + ")" : string.Empty;
        return new LaunchException(origin.Pointer, origin.Tried + call, (Errno)errno, said.Length == 0 ? hint : $"{hint}: {said}");
    }

    private static string Render(LaunchPlan plan, Operation operation)
    {
        var text = new StringBuilder();
        if (operation.Result >= 0)
        {
            text.Append('$').Append(operation.Result).Append(" = ");
        }

        text.Append(operation.Code == OperationCode.Syscall ? SyscallNames.Name(operation.Number) : Word(operation)).Append('(');
        int count = Arguments(operation);
        if (operation.Code == OperationCode.Syscall && operation.Number is SyscallNumber.openat2 or SyscallNumber.mount_setattr)
        {
            count--; // the size of the struct, whose content stands before it
        }

        for (int i = 0; i < count; i++)
        {
            text.Append(i == 0 ? string.Empty : ", ").Append(Render(plan, operation, i));
        }

        text.Append(')');
        if (operation.Next > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" -> {operation.Next}");
        }

        Expectation(text, operation.Errno0, operation.Target0);
        Expectation(text, operation.Errno1, operation.Target1);
        return text.ToString();
    }

    private static void Expectation(StringBuilder text, short errno, short target)
    {
        if (errno != 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" [{(errno < 0 ? "any error" : ((Errno)errno).Name())} -> {target}]");
        }
    }

    private static unsafe string Render(LaunchPlan plan, Operation operation, int index)
    {
        long value = operation.Arguments[index];
        return (ArgumentKind)((operation.Kinds >> (index * 2)) & 3) switch
        {
            ArgumentKind.Slot => $"${value}",
            ArgumentKind.SlotAddress => $"&${value}",
            ArgumentKind.Blob => Part(plan, (int)value),
            _ => CallText.Number(operation, index, value),
        };
    }

    // An address inside of a part is that of a field.
    private static string Part(LaunchPlan plan, int at)
    {
        if (plan.Parts!.TryGetValue(at, out PlanPart part))
        {
            return part.Text;
        }

        foreach ((int start, PlanPart candidate) in plan.Parts)
        {
            if (start < at && at < start + candidate.Length)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{candidate.Text}+{at - start}");
            }
        }

        return at == 0 ? "{strings and structs}" : string.Create(CultureInfo.InvariantCulture, $"{{at {at}}}");
    }

    // Trailing zeros are arguments that the call does not have, or that are zero: neither tells anything.
    private static unsafe int Arguments(Operation operation)
    {
        int count = 6;
        while (count > 0 && operation.Arguments[count - 1] == 0 && ((operation.Kinds >> ((count - 1) * 2)) & 3) == 0)
        {
            count--;
        }

        return count;
    }

    private static string Word(Operation operation) => operation.Code switch
    {
        OperationCode.Set => "set",
        OperationCode.Store32 => "store",
        OperationCode.Test => "test",
        OperationCode.Load => "load",
        OperationCode.Fail => "fail",
        OperationCode.JumpIfSet => "if-set",
        OperationCode.Request => "ask-runtime",
        OperationCode.SwitchControl => "report-to",
        OperationCode.CloneSibling => "clone-sibling",
        OperationCode.CloseOthers => "close-others",
        OperationCode.Forget => "forget",
        OperationCode.ResetSignals => "reset-signals",
        OperationCode.Hook => "run-hook",
        OperationCode.OpenProc => "fsopen-proc-in",
        OperationCode.LoadListener => "load-and-hand-over",
        OperationCode.MakePath => "make-path",
        _ => operation.Code.ToString(),
    };
}
