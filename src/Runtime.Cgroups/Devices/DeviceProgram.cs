using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Cgroups.Devices;

/// <summary>
/// Compiles device rules to an eBPF program of the type BPF_PROG_TYPE_CGROUP_DEVICE. It goes through the rules from the
/// last to the first and keeps in r3 the accesses that none has decided yet: a rule that denies one of them ends it with
/// 0; one that allows takes its own away, and when none is left the answer is 1. So each access of a request is decided
/// by the last rule about it, and a read and a write may be allowed by two rules. The usual list, which denies everything
/// and then only allows, needs no order and gets a shorter program (<see cref="AllowList"/>).
/// </summary>
public static class DeviceProgram
{
    // Registers: r0 the answer, r1 the context (struct bpf_cgroup_dev_ctx), r2 type, r3 accesses, r4 major, r5 minor.
    private const byte R0 = 0, R1 = 1, R2 = 2, R3 = 3, R4 = 4, R5 = 5;

    /// <summary>The program for rules as <see cref="DeviceRules.For"/> gives them.</summary>
    public static bpf_insn[] Compile(List<DeviceRule> rules) => AllowList.Fits(rules) ? AllowList.Compile(rules) : InOrder(rules);

    /// <summary>The program for rules of any kind, in their order.</summary>
    internal static bpf_insn[] InOrder(List<DeviceRule> rules)
    {
        var code = new List<bpf_insn>(10 + (7 * rules.Count))
        {
            Load(R2, 0),
            Load(R3, 0),
            Constant(BPF_AND32_K, R2, 0xffff),
            Constant(BPF_RSH32_K, R3, 16),
            Load(R4, 4),
            Load(R5, 8),
        };

        // access(2) with F_OK asks for nothing, and is given it.
        code.Add(Jump(BPF_JNE32_K, R3, 0, 2));
        Answer(code, true);
        int i = rules.Count - 1;
        for (; i >= 0 && !rules[i].IsTotal; i--)
        {
            AddRule(code, rules[i]);
        }

        Answer(code, i >= 0 && rules[i].Allow);
        return [.. code];
    }

    private static void AddRule(List<bpf_insn> code, DeviceRule rule)
    {
        bool isWhole = rule.Access == DeviceAccess.All;
        bool hasType = rule.Type != 'a', hasMajor = rule.Major >= 0, hasMinor = rule.Minor >= 0;
        int left = (hasType ? 1 : 0) + (hasMajor ? 1 : 0) + (hasMinor ? 1 : 0) + (isWhole ? 2 : rule.Allow ? 4 : 5);
        if (hasType)
        {
            code.Add(Jump(BPF_JNE32_K, R2, rule.Type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR, --left));
        }

        if (hasMajor)
        {
            code.Add(Jump(BPF_JNE32_K, R4, rule.Major, --left));
        }

        if (hasMinor)
        {
            code.Add(Jump(BPF_JNE32_K, R5, rule.Minor, --left));
        }

        if (!isWhole && rule.Allow)
        {
            code.Add(Constant(BPF_AND32_K, R3, (int)(DeviceAccess.All & ~rule.Access)));
            code.Add(Jump(BPF_JNE32_K, R3, 0, 2));
        }
        else if (!isWhole)
        {
            code.Add(Register(BPF_MOV32_X, R0, R3));
            code.Add(Constant(BPF_AND32_K, R0, (int)rule.Access));
            code.Add(Jump(BPF_JEQ32_K, R0, 0, 2));
        }

        Answer(code, rule.Allow);
    }

    private static void Answer(List<bpf_insn> code, bool allow)
    {
        code.Add(Constant(BPF_MOV32_K, R0, allow ? 1 : 0));
        code.Add(new bpf_insn { code = BPF_EXIT });
    }

    internal static bpf_insn Load(byte register, short offset) =>
        new() { code = BPF_LDX_W, regs = (byte)(register | (R1 << 4)), off = offset };

    internal static bpf_insn Constant(byte code, byte register, int value) => new() { code = code, regs = register, imm = value };

    internal static bpf_insn Register(byte code, byte destination, byte source) =>
        new() { code = code, regs = (byte)(destination | (source << 4)) };

    internal static bpf_insn Jump(byte code, byte register, long value, int over) =>
        new() { code = code, regs = register, off = (short)over, imm = unchecked((int)value) };
}
