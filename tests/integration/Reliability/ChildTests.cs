using System.Globalization;
using System.Text.RegularExpressions;
using Integration.Tests.Harness;

namespace Integration.Tests.Reliability;

/// <summary>Between clone3(2) and execve(2) the child allocates nothing and waits for no other thread: seen from outside.</summary>
public sealed partial class ChildTests : IDisposable
{
    private static readonly string[] s_forbidden = ["mmap", "munmap", "mremap", "mprotect", "madvise", "brk", "futex", "rt_sigreturn", "sched_yield", "membarrier", "tgkill"];

    private readonly Cctl _cctl = new();

    public static TheoryData<string> Configs => ["plain", "hooks", "user namespace", "terminal", "nothing there", "failing"];

    [Theory]
    [MemberData(nameof(Configs))]
    public void The_child_makes_no_call_that_the_NET_runtime_would_make(string name)
    {
        using Bundle bundle = Prepare(name);
        string trace = bundle["trace"];
        string run = $"{Cctl.Executable} --root {_cctl.StateRoot} run --bundle {bundle.Path} {Cctl.NewId()}";
        string traced = $"strace -f -o {trace} -e signal=none {run}";
        CommandResult result = name == "terminal"
            ? Command.Run("script", "-qec", traced, "/dev/null")
            : Command.Run("sh", "-c", traced);
        Assert.True(result.ExitCode == (name == "failing" ? 1 : 0), result.Stdout + result.Stderr);

        List<string> calls = CallsOfChildren(File.ReadAllLines(trace));
        Assert.True(calls.Count > (name == "failing" ? 20 : 100), $"only {calls.Count} calls of the child were seen:\n{File.ReadAllText(trace)}");
        Assert.Empty(calls.Where(c => s_forbidden.Contains(c)).Distinct());
    }

    /// <summary>The kernel kills a child that allocates or waits; the second list shows that it would.</summary>
    [Theory]
    [InlineData("mmap,munmap,mremap,mprotect,madvise,brk,futex,membarrier,sched_yield,rt_sigreturn,tgkill", true)]
    [InlineData("setsid", false)]
    public void A_child_that_may_neither_allocate_nor_wait_executes_its_program(string killedAt, bool lives)
    {
        string directory = AppContext.BaseDirectory;
        using var bundle = new Bundle("/bin/exit-bare");
        ProgramFiles.Copy(Path.Combine(directory, "exit-bare"), Path.Combine(bundle.Rootfs, "bin/exit-bare"));
        CommandResult result = Command.Run(Path.Combine(directory, "filter-child"), killedAt, Cctl.Executable, "--root", _cctl.StateRoot, "run", "--bundle", bundle.Path, Cctl.NewId());
        Assert.SkipWhen(result.ExitCode == 77, "filter-child sets a filter on x86-64 only");
        Assert.True(result.ExitCode == (lives ? 0 : 1), result.Stdout + result.Stderr);
        Assert.Equal(!lives, result.Stderr.Contains("was killed while it was being set up", StringComparison.Ordinal));
    }

    /// <summary>The published machine code of everything that the child may run calls nothing but itself and the kernel.</summary>
    [Fact]
    [HostOnly]
    public void The_published_code_of_the_child_calls_only_itself_and_the_kernel()
    {
        Dictionary<ulong, Method> symbols = Symbols(out List<Method> childs);
        Assert.True(childs.Count >= 8, $"only {childs.Count} methods of the child: {string.Join(' ', childs.Select(c => c.Name))}");
        var toRead = new Queue<Method>(childs);
        var read = new HashSet<ulong>();
        while (toRead.TryDequeue(out Method? method))
        {
            if (!read.Add(method.Start))
            {
                continue;
            }

            foreach (ulong target in Targets(method))
            {
                // A jump inside is no call.
                if (target < method.Start || target >= method.Start + method.Size)
                {
                    Method callee = symbols.GetValueOrDefault(target) ?? new Method(target, 0, "unknown");
                    Assert.True(IsAllowed(callee.Name) || IsBeforeClone(method, callee), $"{method.Name} calls {callee.Name}");
                    if (IsNumber(callee.Name))
                    {
                        toRead.Enqueue(callee); // and it may call nothing else either
                    }
                }
            }
        }
    }

    public void Dispose() => _cctl.Dispose();

    private static IEnumerable<ulong> Targets(Method method)
    {
        CommandResult listing = Command.Run("objdump", "-d", "--no-show-raw-insn", $"--start-address=0x{method.Start:x}", $"--stop-address=0x{method.Start + method.Size:x}", Cctl.Executable).MustSucceed();
        foreach (Match call in Calls().Matches(listing.Stdout))
        {
            string target = call.Groups["target"].Value;
            bool isSwitch = call.Groups["verb"].Value == "jmp" && target.StartsWith("*%r", StringComparison.Ordinal);
            Assert.True(isSwitch || !target.StartsWith('*'), $"{method.Name} calls through a pointer: {call.Value}");
            if (!isSwitch)
            {
                yield return ulong.Parse(target, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            }
        }
    }

    // RhpFallbackFailFast ends the process when the stack was overwritten; no sound run comes there.
    private static bool IsAllowed(string symbol) =>
        IsChild(symbol) || IsNumber(symbol)
        || symbol is "syscall" or "__errno_location" or "___errno_location" or "memset" or "memcpy" or "memmove" or "RhSpanHelpers_MemZero" or "RhpFallbackFailFast";

    // The method with clone3 in it asks the plan for its memory first.
    private static bool IsBeforeClone(Method method, Method callee) =>
        method.Name.EndsWith("ChildEntry__Start", StringComparison.Ordinal) && callee.Name.EndsWith("LaunchPlan__get_Context", StringComparison.Ordinal);

    private static bool IsChild(string symbol) => symbol.StartsWith("Runtime_Namespaces_Runtime_Namespaces_Child_Child", StringComparison.Ordinal);

    // Numbers that the processors do not share: of calls, and of some flags.
    private static bool IsNumber(string symbol) =>
        symbol.StartsWith("Runtime_Linux_Runtime_Linux_SyscallNumber__get_", StringComparison.Ordinal) || symbol.StartsWith("Runtime_Linux_Runtime_Linux_Abi__get_", StringComparison.Ordinal);

    private static Dictionary<ulong, Method> Symbols(out List<Method> childs)
    {
        string directory = Path.GetDirectoryName(Cctl.Executable)!;
        string file = ((string[])[Path.Combine(directory, "symbols/cctl.dbg"), Path.Combine(directory, "cctl.dbg")]).First(File.Exists);
        var symbols = new Dictionary<ulong, Method>();
        childs = [];
        foreach (string line in Command.Run("nm", "-S", "--defined-only", file).MustSucceed().Lines)
        {
            string[] parts = line.Split(' ');
            bool sized = parts.Length == 4;
            ulong address = ulong.Parse(parts[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            var method = new Method(address, sized ? ulong.Parse(parts[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture) : 0, parts[^1]);
            // Several names may share a place: the one that the test allows is as good as any.
            if (!symbols.TryGetValue(address, out Method? other) || !IsAllowed(other.Name))
            {
                symbols[address] = method;
            }

            if (sized && parts[2] is "T" or "t" && IsChild(method.Name))
            {
                childs.Add(method);
            }
        }

        return symbols;
    }

    private static Bundle Prepare(string name)
    {
        var bundle = new Bundle("/bin/true");
        ProgramFiles.Write(bundle["hook"], "#!/bin/sh\ncat >/dev/null\n");
        File.SetUnixFileMode(bundle["hook"], (UnixFileMode)0b111_101_101);
        return name switch
        {
            "hooks" => bundle.With(c => c.Hooks = new()
            {
                Prestart = [new() { Path = bundle["hook"] }],
                CreateRuntime = [new() { Path = bundle["hook"] }],
                CreateContainer = [new() { Path = bundle["hook"], Timeout = 10 }],
                StartContainer = [new() { Path = "/bin/true" }],
            }),
            "user namespace" => bundle.With(c =>
            {
                UserNamespace.Own(bundle);
                UserNamespace.Add(c);
            }),
            "terminal" => bundle.With(c => c.Process!.Terminal = true),
            "nothing there" => bundle.With(c =>
            {
                foreach (string directory in (string[])["proc", "dev", "sys"])
                {
                    Directory.Delete(Path.Combine(bundle.Rootfs, directory));
                }

                c.Process!.Cwd = "/made/on/the/way";
                c.Process.Args = ["true"];
            }),
            "failing" => bundle.With(c => c.Mounts![^2].Type = "nosuchfs"),
            _ => bundle,
        };
    }

    // The children of cctl: what clone3 returned in it, and their children in turn; each until its execve.
    private static List<string> CallsOfChildren(string[] trace)
    {
        string runtime = Line().Match(trace[0]).Groups["pid"].Value;
        HashSet<string> threads = Threads(trace);
        threads.Add(runtime);
        var executed = new HashSet<string>();
        var calls = new List<string>();
        foreach (string line in trace)
        {
            Match match = Line().Match(line);
            string pid = match.Groups["pid"].Value;
            string call = match.Groups["call"].Value;
            if (call.Length == 0 || threads.Contains(pid) || executed.Contains(pid))
            {
                continue;
            }

            if (call is "execve" or "execveat")
            {
                executed.Add(pid);
            }

            calls.Add(call);
        }

        return calls;
    }

    // A thread of the runtime's shares its memory. strace may show its first calls before the end of the clone3 that made it.
    private static HashSet<string> Threads(string[] trace)
    {
        var threads = new HashSet<string>();
        var making = new HashSet<string>();
        foreach (string line in trace)
        {
            Match match = Line().Match(line);
            string pid = match.Groups["pid"].Value;
            bool begins = match.Groups["call"].Value is "clone" or "clone3" && line.Contains("CLONE_VM", StringComparison.Ordinal);
            bool ends = begins || (making.Contains(pid) && ResumedClone().IsMatch(line));
            if (begins && line.Contains("unfinished", StringComparison.Ordinal))
            {
                making.Add(pid);
            }
            else if (ends && Result().Match(line) is { Success: true } made)
            {
                making.Remove(pid);
                threads.Add(made.Groups[1].Value);
            }
        }

        return threads;
    }

    [GeneratedRegex(@"<\.\.\. clone3? resumed>")]
    private static partial Regex ResumedClone();

    [GeneratedRegex(@"^(?<pid>\d+) +(?:(?<call>\w+)\(|<\.\.\. )?")]
    private static partial Regex Line();

    [GeneratedRegex(@" = (\d+)$")]
    private static partial Regex Result();

    [GeneratedRegex(@"\b(?<verb>call|j[a-z]{1,3}|bl|b)\s+(?<target>\*\S+|[0-9a-f]+)\b")]
    private static partial Regex Calls();

    private sealed record Method(ulong Start, ulong Size, string Name);
}
