using static Runtime.Cgroups.Devices.DeviceProgram;
using static Runtime.Linux.Abi;

namespace Runtime.Cgroups.Devices;

/// <summary>
/// Compiles the usual device rules, which deny everything and then only allow. What is allowed does not depend on their
/// order, so the program is short: one comparison for each device, of major and minor together, and one exit for all of
/// them. The kernel's verifier walks every way through a program, and a launch waits for it.
/// </summary>
internal static class AllowList
{
    // Registers: r0 the answer, r1 the context and then major and minor as dev_t holds them, r2 type, r3 the accesses
    // that no rule has allowed yet, in their place in the context's first word, r4 major, r5 minor.
    private const byte R0 = 0, R1 = 1, R2 = 2, R3 = 3, R4 = 4, R5 = 5;

    // A jump reaches 32,767 instructions, and a rule has at most 5.
    private const int MostRules = 1000;

    // linux/kdev_t.h, MINORBITS: no device has a larger minor, nor a major above what is left of 32 bits.
    private const int MinorBits = 20;
    private const long MostMajor = (1L << (32 - MinorBits)) - 1, MostMinor = (1L << MinorBits) - 1;

    /// <summary>Whether the rules are of this kind.</summary>
    public static bool Fits(List<DeviceRule> rules)
    {
        if (rules.Count is 0 or > MostRules || rules[0].Allow || !rules[0].IsTotal)
        {
            return false;
        }

        for (int i = 1; i < rules.Count; i++)
        {
            if (!rules[i].Allow || rules[i].IsTotal)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The program for rules that fit.</summary>
    public static bpf_insn[] Compile(List<DeviceRule> rules)
    {
        DeviceAccess open = OfEveryDevice(rules);
        var code = new List<bpf_insn>(16 + (2 * rules.Count));
        var toExit = new List<int>(rules.Count);
        code.Add(Constant(BPF_MOV32_K, R0, 1));
        code.Add(Load(R2, 0));
        code.Add(Register(BPF_MOV32_X, R3, R2));
        code.Add(Constant(BPF_AND32_K, R3, (int)(DeviceAccess.All & ~open) << 16));
        // Nothing left to ask about; access(2) with F_OK asks for nothing from the start.
        Exit(code, toExit, R3, 0);
        if (LoadNumbers(code, rules, open))
        {
            Section(code, toExit, rules, 'a', open);
            code.Add(Constant(BPF_AND32_K, R2, 0xffff));
            int toBlock = code.Count;
            code.Add(Jump(BPF_JNE32_K, R2, BPF_DEVCG_DEV_CHAR, 0));
            Section(code, toExit, rules, 'c', open);
            if (Has(rules, 'b', open))
            {
                code.Add(Constant(BPF_MOV32_K, R0, 0));
                code.Add(new bpf_insn { code = BPF_EXIT });
                Land(code, toBlock);
                Section(code, toExit, rules, 'b', open);
            }
            else
            {
                Land(code, toBlock);
            }
        }

        code.Add(Constant(BPF_MOV32_K, R0, 0));
        toExit.ForEach(at => Land(code, at));
        code.Add(new bpf_insn { code = BPF_EXIT });
        return [.. code];
    }

    // The accesses that wildcards allow to both kinds of device: the first thing that is taken away.
    private static DeviceAccess OfEveryDevice(List<DeviceRule> rules)
    {
        DeviceAccess characters = DeviceAccess.None, blocks = DeviceAccess.None;
        foreach (DeviceRule rule in rules)
        {
            if (rule is { Allow: true, Major: < 0, Minor: < 0 })
            {
                characters |= rule.Type != 'b' ? rule.Access : DeviceAccess.None;
                blocks |= rule.Type != 'c' ? rule.Access : DeviceAccess.None;
            }
        }

        return characters & blocks;
    }

    // Loads what the rules compare; false where all of them are done with.
    private static bool LoadNumbers(List<bpf_insn> code, List<DeviceRule> rules, DeviceAccess open)
    {
        bool any = false, majors = false, minors = false, both = false;
        for (int i = 1; i < rules.Count; i++)
        {
            if (IsMoot(rules, i, open))
            {
                continue;
            }

            any = true;
            majors |= rules[i].Major >= 0;
            minors |= rules[i].Minor >= 0;
            both |= rules[i] is { Major: >= 0, Minor: >= 0 };
        }

        if (majors)
        {
            code.Add(Load(R4, 4));
        }

        if (minors)
        {
            code.Add(Load(R5, 8));
        }

        if (both)
        {
            code.Add(Register(BPF_MOV32_X, R1, R4));
            code.Add(Constant(BPF_LSH32_K, R1, MinorBits));
            code.Add(Register(BPF_OR32_X, R1, R5));
        }

        return any;
    }

    private static void Section(List<bpf_insn> code, List<int> toExit, List<DeviceRule> rules, char type, DeviceAccess open)
    {
        for (int i = 1; i < rules.Count; i++)
        {
            if (rules[i].Type == type && !IsMoot(rules, i, open))
            {
                AddRule(code, toExit, rules[i], open);
            }
        }
    }

    private static void AddRule(List<bpf_insn> code, List<int> toExit, DeviceRule rule, DeviceAccess open)
    {
        bool isWhole = (rule.Access | open) == DeviceAccess.All;
        int taken = (int)(DeviceAccess.All & ~rule.Access) << 16;
        if (rule is { Major: < 0, Minor: < 0 })
        {
            code.Add(Constant(BPF_AND32_K, R3, taken));
            Exit(code, toExit, R3, 0);
            return;
        }

        (byte register, long value) = rule switch
        {
            { Minor: < 0 } => (R4, rule.Major),
            { Major: < 0 } => (R5, rule.Minor),
            _ => (R1, (rule.Major << MinorBits) | rule.Minor),
        };
        if (isWhole)
        {
            Exit(code, toExit, register, value);
            return;
        }

        code.Add(Jump(BPF_JNE32_K, register, value, 2));
        code.Add(Constant(BPF_AND32_K, R3, taken));
        Exit(code, toExit, R3, 0);
    }

    // No device has its number, the wildcards allow it already, or a rule before it allows as much.
    private static bool IsMoot(List<DeviceRule> rules, int index, DeviceAccess open)
    {
        DeviceRule rule = rules[index];
        if (rule.Major > MostMajor || rule.Minor > MostMinor || (rule.Access & ~open) == DeviceAccess.None)
        {
            return true;
        }

        // Managers name the default devices that follow their list anyway, so a few steps back are enough.
        for (int i = Math.Max(1, index - 32); i < index; i++)
        {
            DeviceRule before = rules[i];
            if (before.Type == rule.Type && before.Major == rule.Major && before.Minor == rule.Minor && (rule.Access & ~open & ~before.Access) == DeviceAccess.None)
            {
                return true;
            }
        }

        return false;
    }

    private static bool Has(List<DeviceRule> rules, char type, DeviceAccess open)
    {
        for (int i = 1; i < rules.Count; i++)
        {
            if (rules[i].Type == type && !IsMoot(rules, i, open))
            {
                return true;
            }
        }

        return false;
    }

    private static void Exit(List<bpf_insn> code, List<int> toExit, byte register, long value)
    {
        toExit.Add(code.Count);
        code.Add(Jump(BPF_JEQ32_K, register, value, 0));
    }

    private static void Land(List<bpf_insn> code, int at) => code[at] = code[at] with { off = (short)(code.Count - at - 1) };
}
