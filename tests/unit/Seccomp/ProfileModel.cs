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
                    uint[] possible = Possible(profile, name, call);
                    if (!possible.Contains(actual))
                    {
                        return $"{native} {name} {call}: {actual:x8}, not one of {string.Join(" ", possible.Select(p => p.ToString("x8")))}";
                    }
                }
            }
        }

        return null;
    }

    private static uint[] Possible(LinuxSeccomp profile, string name, in SeccompCall call)
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
            if (args.All(IsEmpty) || (alternatives && args.Any(IsEmpty)))
            {
                return [action];
            }

            SeccompCall asked = call;
            if (alternatives ? args.Any(a => Holds(a, asked)) : args.All(a => Holds(a, asked)))
            {
                matching.Add(action);
            }
        }

        return matching.Count > 0 ? [.. matching] : [otherwise];
    }

    private static bool IsEmpty(LinuxSeccompArg arg) => arg.Op == "SCMP_CMP_MASKED_EQ" && arg.Value == 0;

    private static bool Holds(LinuxSeccompArg arg, in SeccompCall call)
    {
        ulong argument = call.Argument((int)arg.Index!.Value);
        ulong value = arg.Value!.Value;
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
