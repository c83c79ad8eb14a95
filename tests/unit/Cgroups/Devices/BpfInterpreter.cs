using Runtime.Cgroups.Devices;
using Runtime.Linux;

namespace Unit.Tests.Cgroups.Devices;

/// <summary>Runs device programs as the kernel would, written from the instruction set's document, not from the compiler.</summary>
internal static class BpfInterpreter
{
    public static bool Run(Abi.bpf_insn[] code, char type, uint major, uint minor, DeviceAccess access)
    {
        uint[] context = [((uint)access << 16) | (type == 'b' ? 1u : 2u), major, minor];
        var r = new uint[11];
        for (int pc = 0, steps = 0; ; pc++)
        {
            Assert.True(++steps < 10_000 && pc < code.Length, "the program runs out of its end");
            Abi.bpf_insn insn = code[pc];
            int dst = insn.regs & 15, src = insn.regs >> 4;
            uint value = unchecked((uint)insn.imm);
            switch (insn.code & 0x07)
            {
                case 0x01: // load
                    Assert.Equal(1, src);
                    r[dst] = context[insn.off / 4];
                    break;
                case 0x04: // 32-bit arithmetic
                    uint operand = (insn.code & 0x08) != 0 ? r[src] : value;
                    r[dst] = (insn.code & 0xf0) switch { 0x40 => r[dst] | operand, 0x50 => r[dst] & operand, 0x60 => r[dst] << (int)operand, 0x70 => r[dst] >> (int)operand, 0xb0 => operand, _ => throw new NotSupportedException() };
                    break;
                case 0x06: // 32-bit jump
                    if ((insn.code & 0xf0) switch { 0x50 => r[dst] != value, 0x10 => r[dst] == value, _ => throw new NotSupportedException() })
                    {
                        pc += insn.off;
                    }

                    break;
                case 0x05 when insn.code == 0x95:
                    return r[0] != 0;
                default:
                    throw new NotSupportedException();
            }
        }
    }
}
