using System.Text;
using FsCheck;
using FsCheck.Fluent;
using OciSpec;
using Runtime.Seccomp;

namespace Unit.Tests.Seccomp;

/// <summary>Profiles for FsCheck; a counterexample is made small by leaving out rules, names and conditions.</summary>
internal static class ProfileGenerator
{
    private static readonly string[] _sockets = ["socket", "connect", "accept4", "recvmmsg", "shutdown"];
    private static readonly string[] _ipc = ["semget", "msgsnd", "shmat", "shmctl"];
    private static readonly ulong[] _values =
        [0, 1, 5, 6, 16, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF, 0x100000000, 0x100000005, 0x500000005, 1UL << 63, ulong.MaxValue - 1, ulong.MaxValue];

    // All architectures have these: where a rule of the profile is for a call that an architecture lacks, libseccomp
    // 2.5.4 may leave out the instruction that loads the number (the other profiles test such names).
    private static readonly string[] _names =
        [.. Enumerable.Range(0, SyscallTable.Count)
            .Where(i => Oracle.Architectures.All(a => SyscallTable.Number(i, a) != SyscallTable.Absent))
            .Select(i => Encoding.UTF8.GetString(SyscallTable.Name(i)))];

    /// <summary>Profiles in which a call has one rule, of any operators on any arguments.</summary>
    internal static Arbitrary<LinuxSeccomp> OneRuleACall()
    {
        string[] names = Known();
        return Profiles(
            from seed in Gen.Choose(0, int.MaxValue - 1)
            from count in Gen.Choose(1, 12)
            from rules in Gen.CollectToArray(Enumerable.Range(0, count), i => Rule(Chunk(names, seed, i), Conditions(KnownValues.SeccompOperators, 4, repeated: false)))
            select rules);
    }

    /// <summary>Profiles with several rules for a call.</summary>
    internal static Arbitrary<LinuxSeccomp> ManyRulesACall(string[] operators, int mostConditions, bool oneAction)
    {
        string[] names = [.. Known().Take(40), .. _sockets, .. _ipc];
        return Profiles(
            from pool in Gen.SubListOf<string>(names).Where(l => l.Count > 0)
            from count in Gen.Choose(1, 8)
            from action in Actions
            from rules in Gen.CollectToArray(Enumerable.Range(0, count), _ => Rule(Some([.. pool.Take(4)]), Conditions(operators, mostConditions, repeated: true)))
            select oneAction ? [.. rules.Select(r => new LinuxSyscall { Names = r.Names, Args = r.Args, Action = action.Action, ErrnoRet = action.Errno })] : rules);
    }

    private static string[] Known() => [.. _names.Where(n => n is not "map_shadow_stack" && LibSeccomp.seccomp_syscall_resolve_name(n) >= 0)];

    private static Gen<(string Action, uint? Errno)> Actions =>
        from action in Gen.Elements(KnownValues.SeccompActions)
        from errno in Gen.Choose(0, 3)
        select (action, action is "SCMP_ACT_ERRNO" or "SCMP_ACT_TRACE" && errno != 0 ? (uint?)errno : null);

    private static Arbitrary<LinuxSeccomp> Profiles(Gen<LinuxSyscall[]> rules) => Arb.From(
        from action in Actions
        from architectures in Gen.SubListOf(Oracle.Architectures.Select(a => a.Name()))
        from syscalls in rules
        select new LinuxSeccomp
        {
            DefaultAction = action.Action,
            DefaultErrnoRet = action.Errno,
            Architectures = [.. architectures],
            ListenerPath = "/run/agent.sock",
            Syscalls = [.. syscalls],
        },
        Shrink);

    private static Gen<LinuxSyscall> Rule(Gen<string[]> names, Gen<LinuxSeccompArg[]> args) =>
        from n in names
        from action in Actions
        from a in args
        select new LinuxSyscall { Names = [.. n], Action = action.Action, ErrnoRet = action.Errno, Args = a.Length == 0 ? null : [.. a] };

    // The i-th part of a shuffle, so that rules share no name.
    private static Gen<string[]> Chunk(string[] names, int seed, int i)
    {
        string[] shuffled = [.. names];
        new Random(seed).Shuffle(shuffled);
        return Gen.Choose(1, 20).Select(n => shuffled.Skip(20 * i).Take(n).ToArray());
    }

    private static Gen<string[]> Some(string[] names) =>
        Gen.NonEmptyListOf(Gen.Elements(names)).Select(l => l.Distinct().Take(4).ToArray());

    private static Gen<LinuxSeccompArg[]> Conditions(string[] operators, int most, bool repeated) =>
        from count in Gen.Choose(0, most)
        from args in Gen.ArrayOf(
            from index in Gen.Choose(0, 5)
            from op in Gen.Elements(operators)
            from value in Gen.Elements(_values)
            from second in Gen.Elements(_values)
            select new LinuxSeccompArg { Index = (uint)index, Op = op, Value = value, ValueTwo = op == "SCMP_CMP_MASKED_EQ" ? second : null },
            count)
        select repeated ? args : [.. args.DistinctBy(a => a.Index)];

    private static IEnumerable<LinuxSeccomp> Shrink(LinuxSeccomp profile)
    {
        List<LinuxSyscall> rules = profile.Syscalls!;
        for (int i = 0; i < rules.Count; i++)
        {
            yield return With(profile, [.. rules[..i], .. rules[(i + 1)..]]);
            LinuxSyscall rule = rules[i];
            for (int j = 0; j < rule.Names!.Count && rule.Names.Count > 1; j++)
            {
                yield return With(profile, [.. rules[..i], new() { Names = [.. rule.Names.Where((_, k) => k != j)], Action = rule.Action, ErrnoRet = rule.ErrnoRet, Args = rule.Args }, .. rules[(i + 1)..]]);
            }

            for (int j = 0; j < (rule.Args?.Count ?? 0); j++)
            {
                yield return With(profile, [.. rules[..i], new() { Names = rule.Names, Action = rule.Action, ErrnoRet = rule.ErrnoRet, Args = [.. rule.Args!.Where((_, k) => k != j)] }, .. rules[(i + 1)..]]);
            }
        }

        for (int i = 0; i < profile.Architectures!.Count; i++)
        {
            yield return new LinuxSeccomp
            {
                DefaultAction = profile.DefaultAction,
                DefaultErrnoRet = profile.DefaultErrnoRet,
                Architectures = [.. profile.Architectures.Where((_, k) => k != i)],
                ListenerPath = profile.ListenerPath,
                Syscalls = profile.Syscalls,
            };
        }
    }

    private static LinuxSeccomp With(LinuxSeccomp profile, List<LinuxSyscall> rules) => new()
    {
        DefaultAction = profile.DefaultAction,
        DefaultErrnoRet = profile.DefaultErrnoRet,
        Architectures = profile.Architectures,
        ListenerPath = profile.ListenerPath,
        Syscalls = rules,
    };

    /// <summary>A profile on one line, to be read in a failure.</summary>
    internal static string Describe(LinuxSeccomp profile) =>
        $"default {profile.DefaultAction}({profile.DefaultErrnoRet}) [{string.Join(" ", profile.Architectures!)}] " + string.Join("; ", profile.Syscalls!.Select(r =>
            $"{string.Join(",", r.Names!)}({string.Join(" && ", (r.Args ?? []).Select(a => $"a{a.Index} {a.Op![9..]} {a.Value:x} {a.ValueTwo:x}"))}) {r.Action![9..]}({r.ErrnoRet})"));
}
