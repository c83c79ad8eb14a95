using OciSpec;
using Runtime.Linux;
using Runtime.Seccomp;

namespace Unit.Tests.Seccomp;

/// <summary>
/// What a profile says of a call, read off its rules: those without conditions win, the first of them; else the actions
/// of all that match are possible; else the default. It says nothing of calls newer than the profile.
/// </summary>
internal static class ProfileModel
{
    /// <summary>The first call that the compiled filter decides as no rule does, described, or null.</summary>
    internal static string? Fault(LinuxSeccomp profile)
    {
        foreach (SeccompArchitecture native in (SeccompArchitecture[])[SeccompArchitecture.X64, SeccompArchitecture.Arm64])
        {
            Abi.sock_filter[] program = SeccompCompiler.Compile(profile, native).Program;
            BpfMachine.Verify(program);
            var probes = new Probes(profile);
            foreach (string name in profile.Syscalls!.SelectMany(r => r.Names!).Distinct())
            {
                uint number = (uint)SyscallTable.Number(SyscallTable.Find(name), native);
                foreach (SeccompCall call in probes.Calls(native, number))
                {
                    uint actual = BpfMachine.Run(program, call).Value;
                    uint[] possible = Possible(profile, name, call, wide: true);
                    if (!possible.Contains(actual))
                    {
                        return $"{native} {name} {call}: {actual:x8}, not one of {string.Join(" ", possible.Select(p => p.ToString("x8")))}";
                    }
                }
            }
        }

        return null;
    }

    /// <summary>
    /// Whether an action is none that the rules allow for a call, and another is. Of a call that goes through a multiplexer
    /// (socketcall(2), ipc(2)), and of one that no rule names, it says no.
    /// </summary>
    internal static bool Contradicts(LinuxSeccomp profile, SeccompArchitecture architecture, in SeccompCall call, uint wrong, uint right)
    {
        uint number = call.Number;
        uint bare = architecture == SeccompArchitecture.X32 ? number & ~Probes.X32Bit : number;
        bool wide = architecture is SeccompArchitecture.X64 or SeccompArchitecture.Arm64;
        string? name = profile.Syscalls!.SelectMany(r => r.Names!).FirstOrDefault(n => SyscallTable.Find(n) is >= 0 and int i && SyscallTable.Number(i, architecture) == bare);
        if (name is null || (architecture == SeccompArchitecture.X86 && SyscallTable.X86Multiplexed(SyscallTable.Find(name)) != 0))
        {
            return false;
        }

        uint[] possible = Possible(profile, name, call, wide);
        return !possible.Contains(wrong) && possible.Contains(right);
    }

    private static uint[] Possible(LinuxSeccomp profile, string name, in SeccompCall call, bool wide)
    {
        uint otherwise = LibSeccompFilter.Action(profile.DefaultAction!, profile.DefaultErrnoRet);
        var matching = new List<uint>();
        foreach (LinuxSyscall rule in profile.Syscalls!.Where(r => r.Names!.Contains(name)))
        {
            uint action = LibSeccompFilter.Action(rule.Action!, rule.ErrnoRet);
            if (action == otherwise)
            {
                continue;
            }

            // Naming an argument twice makes the conditions alternatives.
            LinuxSeccompArg[] args = [.. rule.Args ?? []];
            bool alternatives = args.DistinctBy(a => a.Index).Count() < args.Length;
            if (args.All(a => IsEmpty(a, wide)) || (alternatives && args.Any(a => IsEmpty(a, wide))))
            {
                return [action];
            }

            SeccompCall asked = call;
            if (alternatives ? args.Any(a => Holds(a, asked, wide)) : args.All(a => Holds(a, asked, wide)))
            {
                matching.Add(action);
            }
        }

        return matching.Count > 0 ? [.. matching] : [otherwise];
    }

    private static bool IsEmpty(LinuxSeccompArg arg, bool wide) => arg.Op == "SCMP_CMP_MASKED_EQ" && (arg.Value & Half(wide)) == 0;

    // 32-bit architectures and x32 compare the lower half.
    private static ulong Half(bool wide) => wide ? ulong.MaxValue : uint.MaxValue;

    private static bool Holds(LinuxSeccompArg arg, in SeccompCall call, bool wide)
    {
        ulong argument = call.Argument((int)arg.Index!.Value) & Half(wide);
        ulong value = arg.Value!.Value & Half(wide);
        return arg.Op switch
        {
            "SCMP_CMP_NE" => argument != value,
            "SCMP_CMP_LT" => argument < value,
            "SCMP_CMP_LE" => argument <= value,
            "SCMP_CMP_EQ" => argument == value,
            "SCMP_CMP_GE" => argument >= value,
            "SCMP_CMP_GT" => argument > value,
            _ => (argument & value) == ((arg.ValueTwo ?? 0) & value),
        };
    }
}
