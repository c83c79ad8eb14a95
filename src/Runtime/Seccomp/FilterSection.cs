using Runtime.Namespaces.Plan;

namespace Runtime.Seccomp;

/// <summary>
/// What a filter does with each call of one architecture. A target is 0 for the default action, a number of
/// <see cref="ActionTable"/> for a call with an action whatever its arguments, ~chain for one with conditions.
/// </summary>
internal sealed class FilterSection(SeccompArchitecture architecture)
{
    private const int FirstPrivate = SyscallTable.HighestNumber + 1;

    // The calls of x32 with numbers of their own are old; the newer ones share x86_64's (asm/unistd_x32.h).
    private const int FirstX32 = 512;

    private const int X86SocketCall = 102;
    private const int X86Ipc = 117;
    private const int MultiplexedIpc = 200;
    private readonly int[] _targets = new int[FirstPrivate + SyscallTable.ArmPrivateCount];
    private int _newest = -1;

    internal SeccompArchitecture Architecture => architecture;

    /// <summary>Adds a rule for a call, if the architecture has it.</summary>
    /// <param name="name">The call's index in <see cref="SyscallTable"/>.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="action">Number of its action.</param>
    /// <param name="chains">Where the rule was begun.</param>
    internal void Add(int name, SeccompRule rule, int action, RuleChains chains)
    {
        int number = SyscallTable.Number(name, architecture);
        if (number != SyscallTable.Absent)
        {
            Add(ref _targets[Slot(number)], rule.IsUnconditional(architecture.Has64BitArguments()) ? action : 0, chains);
        }
    }

    /// <summary>Adds a rule that <see cref="SeccompRule.Multiplexed"/> made for a call of 32-bit x86.</summary>
    internal void AddMultiplexed(int multiplexed, RuleChains chains) =>
        Add(ref _targets[Multiplexer(multiplexed)], 0, chains);

    /// <summary>Notes that the profile names a call, whatever it says of it: so it knows of the calls up to it.</summary>
    internal void Know(int name)
    {
        int number = SyscallTable.Number(name, architecture);
        int multiplexed = architecture == SeccompArchitecture.X86 ? SyscallTable.X86Multiplexed(name) : 0;
        if (multiplexed != 0)
        {
            number = Math.Max(number, Multiplexer(multiplexed));
        }

        if (number > _newest && number <= SyscallTable.HighestNumber && !(architecture == SeccompArchitecture.X32 && number >= FirstX32))
        {
            _newest = number;
        }
    }

    /// <summary>Writes the section's numbers and what to do with them, in ascending order.</summary>
    /// <param name="ranges">Where to.</param>
    /// <param name="newer">Target of the calls that are newer than all that the profile names.</param>
    /// <param name="chains">Added to a chain's number where only the lower 32 bits of arguments are compared.</param>
    internal void AddTo(FilterRanges ranges, int newer, int chains)
    {
        int narrow = architecture.Has64BitArguments() ? 0 : chains;
        uint bit = architecture == SeccompArchitecture.X32 ? SeccompArchitectures.X32Bit : 0;
        // A profile that names no call of this architecture says nothing of how old it is.
        int beyond = _newest < 0 ? 0 : newer;
        for (int number = 0; number <= _newest; number++)
        {
            ranges.Add(bit + (uint)number, Target(number, narrow));
        }

        ranges.Add(bit + (uint)(_newest + 1), beyond);
        if (architecture == SeccompArchitecture.X32)
        {
            for (int number = FirstX32; number < FirstPrivate; number++)
            {
                ranges.Add(bit + (uint)number, Target(number, narrow));
            }

            ranges.Add(bit + FirstPrivate, beyond);
        }
        else if (architecture == SeccompArchitecture.Arm)
        {
            for (int i = 0; i < SyscallTable.ArmPrivateCount; i++)
            {
                ranges.Add((uint)(SyscallTable.ArmPrivateBase + i), Target(FirstPrivate + i, narrow));
            }

            ranges.Add(SyscallTable.ArmPrivateBase + SyscallTable.ArmPrivateCount, 0);
        }
    }

    private static int Multiplexer(int multiplexed) => multiplexed < MultiplexedIpc ? X86SocketCall : X86Ipc;

    private int Target(int slot, int narrow) => _targets[slot] < 0 ? _targets[slot] - narrow : _targets[slot];

    private static int Slot(int number) =>
        number <= SyscallTable.HighestNumber ? number : FirstPrivate + (number - SyscallTable.ArmPrivateBase);

    // A rule without conditions wins over those with, and the first of it over the others.
    private static void Add(ref int target, int action, RuleChains chains)
    {
        if (target <= 0)
        {
            target = action > 0 ? action : ~chains.Append(~target);
        }
    }
}
