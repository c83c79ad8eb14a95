namespace Runtime.Seccomp;

/// <summary>
/// The names of the system calls and their numbers on each architecture. The tables lie in the executable's read-only
/// data: nothing is built at start, and a lookup touches a hash slot, a name and a row.
/// </summary>
internal static partial class SyscallTable
{
    /// <summary>A call that an architecture does not have.</summary>
    internal const int Absent = -1;

    /// <summary>First of the calls that only 32-bit ARM has, far above all others (arch/arm/include/uapi/asm/unistd.h).</summary>
    internal const int ArmPrivateBase = 0xF0000;

    /// <summary>How many private numbers ARM has, counted from its base.</summary>
    internal const int ArmPrivateCount = 7;

    // A row is: x86_64, x86, x32 without its bit, aarch64, arm, and 32-bit x86's multiplexers.
    private const int RowLength = 6;
    private const ushort None = 0xFFFF;
    private const ushort ArmPrivate = 0xF000;

    /// <summary>The index of a name, or -1 where no kernel up to the generated tables' has such a call.</summary>
    internal static int Find(string name)
    {
        // FNV-1a, as in the generator.
        uint hash = 2166136261;
        foreach (char c in name)
        {
            hash = (hash ^ c) * 16777619;
        }

        ReadOnlySpan<ushort> slots = Slots;
        uint slot = (hash ^ (hash >> 16)) % (uint)slots.Length;
        while (slots[(int)slot] != 0)
        {
            int index = slots[(int)slot] - 1;
            if (Is(index, name))
            {
                return index;
            }

            slot = (slot + 1) % (uint)slots.Length;
        }

        return -1;
    }

    /// <summary>The number of a call on an architecture, for x32 without its bit, or <see cref="Absent"/>.</summary>
    internal static int Number(int index, SeccompArchitecture architecture)
    {
        ushort number = Numbers[(index * RowLength) + (int)architecture];
        return number < ArmPrivate ? number : number == None ? Absent : ArmPrivateBase + (number - ArmPrivate);
    }

    /// <summary>100 + n for the call that 32-bit x86 also has as socketcall(2) n, 200 + n for ipc(2) n, or 0.</summary>
    internal static int X86Multiplexed(int index)
    {
        ushort number = Numbers[(index * RowLength) + RowLength - 1];
        return number == None ? 0 : number;
    }

    /// <summary>The name at an index.</summary>
    internal static ReadOnlySpan<byte> Name(int index) => Names[NameOffsets[index]..NameOffsets[index + 1]];

    private static bool Is(int index, string name)
    {
        ReadOnlySpan<byte> known = Name(index);
        if (known.Length != name.Length)
        {
            return false;
        }

        for (int i = 0; i < known.Length; i++)
        {
            if (known[i] != name[i])
            {
                return false;
            }
        }

        return true;
    }
}
