using OciSpec;
using Runtime.Seccomp;

namespace Unit.Tests.Seccomp;

/// <summary>The calls that a filter is asked about: every number of every architecture, with arguments around every value of the profile.</summary>
internal sealed class Probes
{
    internal const uint X32Bit = 0x40000000;
    private const int MostPerNumber = 300;
    private static readonly ulong[] _always = [0, 1, uint.MaxValue, 1UL << 32, 1UL << 63, ulong.MaxValue];
    private static readonly uint[] _odd =
        [601, 0xFFFF, 0xEFFFF, 0xF0000, 0xF0001, 0xF0002, 0xF0003, 0xF0004, 0xF0005, 0xF0006, 0xF0007, 0xF0010, 0x3FFFFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF];

    private readonly LinuxSeccomp _profile;
    private readonly Random _random = new(1);
    private readonly Dictionary<(SeccompArchitecture, uint), List<LinuxSyscall>> _conditional = [];

    internal Probes(LinuxSeccomp profile)
    {
        _profile = profile;
        foreach (LinuxSyscall rule in Conditional)
        {
            foreach (SeccompArchitecture architecture in Oracle.Architectures)
            {
                foreach (long number in rule.Names!.Select(n => NumberOf(architecture, n)).Where(n => n >= 0))
                {
                    if (!_conditional.TryGetValue((architecture, (uint)number), out List<LinuxSyscall>? rules))
                    {
                        _conditional[(architecture, (uint)number)] = rules = [];
                    }

                    rules.Add(rule);
                }
            }
        }
    }

    private IEnumerable<LinuxSyscall> Conditional => (_profile.Syscalls ?? []).Where(r => r.Args is { Count: > 0 });

    /// <summary>All numbers that x86_64 and x32 share one value of seccomp_data.arch with; for others, all numbers.</summary>
    internal static IEnumerable<uint> Numbers(SeccompArchitecture architecture)
    {
        IEnumerable<uint> numbers = Enumerable.Range(0, 601).Select(n => (uint)n).Concat(_odd);
        return architecture is SeccompArchitecture.X64 or SeccompArchitecture.X32
            ? numbers.Concat(Enumerable.Range(0, 601).Select(n => X32Bit | (uint)n))
            : numbers;
    }

    /// <summary>Calls of one number on an architecture.</summary>
    internal IEnumerable<SeccompCall> Calls(SeccompArchitecture architecture, uint number)
    {
        var call = new SeccompCall(architecture.AuditArch(), number, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66);
        if (!IsMultiplexer(architecture, number) && !_conditional.ContainsKey((architecture, number)))
        {
            return [call];
        }

        ulong[][] values = new ulong[6][];
        for (int i = 0; i < 6; i++)
        {
            values[i] = [.. Interesting(architecture, number, i).Distinct()];
        }

        double all = values.Aggregate(1.0, (product, v) => product * Math.Max(1, v.Length));
        return all <= MostPerNumber ? Product(call, values, 0) : Sample(call, values);
    }

    private static IEnumerable<SeccompCall> Product(SeccompCall call, ulong[][] values, int index)
    {
        while (index < 6 && values[index].Length == 0)
        {
            index++;
        }

        return index == 6 ? [call] : values[index].SelectMany(v => Product(call.With(index, v), values, index + 1));
    }

    private IEnumerable<SeccompCall> Sample(SeccompCall call, ulong[][] values)
    {
        for (int n = 0; n < MostPerNumber; n++)
        {
            SeccompCall sample = call;
            for (int i = 0; i < 6; i++)
            {
                sample = values[i].Length == 0 ? sample : sample.With(i, values[i][_random.Next(values[i].Length)]);
            }

            yield return sample;
        }
    }

    private IEnumerable<ulong> Interesting(SeccompArchitecture architecture, uint number, int index)
    {
        bool multiplexer = IsMultiplexer(architecture, number);
        bool any = false;
        IEnumerable<LinuxSyscall> rules = multiplexer ? Conditional : _conditional.GetValueOrDefault((architecture, number)) ?? [];
        foreach (LinuxSeccompArg arg in rules.SelectMany(r => r.Args!).Where(a => a.Index == index))
        {
            any = true;
            foreach (ulong value in Around(arg))
            {
                yield return value;
            }
        }

        for (ulong value = 0; any && value < (ulong)_always.Length; value++)
        {
            yield return _always[value];
        }

        for (ulong value = 0; multiplexer && index == 0 && value < 26; value++)
        {
            yield return value;
        }
    }

    private static IEnumerable<ulong> Around(LinuxSeccompArg arg)
    {
        bool masked = arg.Op == "SCMP_CMP_MASKED_EQ";
        ulong value = masked ? arg.ValueTwo ?? 0 : arg.Value!.Value;
        ulong mask = masked ? arg.Value!.Value : ulong.MaxValue;
        return
        [
            value, value - 1, value + 1, (uint)value, value ^ (1UL << 32), value ^ (1UL << 63), value | 0xFFFFFFFF_00000000,
            value & mask, value | ~mask, (value & mask) ^ (mask & (ulong)-(long)mask), ~value,
        ];
    }

    // socketcall(2) and ipc(2) of 32-bit x86
    private static bool IsMultiplexer(SeccompArchitecture architecture, uint number) =>
        architecture == SeccompArchitecture.X86 && number is 102 or 117;

    private static long NumberOf(SeccompArchitecture architecture, string name)
    {
        int index = SyscallTable.Find(name);
        int number = index < 0 ? SyscallTable.Absent : SyscallTable.Number(index, architecture);
        return number == SyscallTable.Absent ? -1 : architecture == SeccompArchitecture.X32 ? number | X32Bit : number;
    }
}
