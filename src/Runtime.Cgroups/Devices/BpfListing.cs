using System.Globalization;
using System.Text;
using static Runtime.Linux.Abi;

namespace Runtime.Cgroups.Devices;

/// <summary>Prints the instructions that device programs are made of, in the verifier's notation.</summary>
public static class BpfListing
{
    /// <summary>A line each: its number, then the instruction.</summary>
    public static string Print(ReadOnlySpan<bpf_insn> code)
    {
        var text = new StringBuilder();
        for (int i = 0; i < code.Length; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{i,3}: {Line(code[i], i)}\n");
        }

        return text.ToString();
    }

    private static string Line(bpf_insn insn, int at)
    {
        int dst = insn.regs & 15, src = insn.regs >> 4, target = at + 1 + insn.off;
        uint value = unchecked((uint)insn.imm);
        return insn.code switch
        {
            BPF_LDX_W => $"r{dst} = *(u32 *)(r{src} + {insn.off})",
            BPF_AND32_K => $"w{dst} &= 0x{value:x}",
            BPF_OR32_X => $"w{dst} |= w{src}",
            BPF_LSH32_K => $"w{dst} <<= {value}",
            BPF_RSH32_K => $"w{dst} >>= {value}",
            BPF_MOV32_K => $"w{dst} = {value}",
            BPF_MOV32_X => $"w{dst} = w{src}",
            BPF_JNE32_K => $"if w{dst} != {value} goto {target}",
            BPF_JEQ32_K => $"if w{dst} == {value} goto {target}",
            BPF_EXIT => "exit",
            _ => $"0x{insn.code:x2}",
        };
    }
}
