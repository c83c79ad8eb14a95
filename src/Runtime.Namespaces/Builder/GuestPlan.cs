using Runtime.Linux;
using Runtime.Namespaces.Plan;

namespace Runtime.Namespaces.Builder;

/// <summary>A plan for a guest, and what the runtime must know to carry it out.</summary>
/// <param name="Plan">The operations.</param>
/// <param name="Control">The slot that takes the child's end of the control socket.</param>
/// <param name="CloneFlags">The namespaces that clone3(2) makes.</param>
public sealed record GuestPlan(LaunchPlan Plan, Slot Control, ulong CloneFlags)
{
    /// <summary>The slot that takes the runtime's end of the control socket, for the child to let go of.</summary>
    public required Slot RuntimeControl { get; init; }

    /// <summary>How often the child goes on as a sibling that it makes: a process of another pid.</summary>
    public int Siblings { get; init; }

    /// <summary>Whether the last sibling is in a pid namespace whose processes see it: all that it may say from then on is that it is ready, or has failed.</summary>
    public bool LastSiblingIsSeen { get; init; }

    /// <summary>Whether the child asks for the mappings of its user namespace.</summary>
    public bool MapsIds { get; init; }

    /// <summary>Whether the child asks the runtime for nothing but the last go, and executes its program right after it.</summary>
    public bool AsksForNothing { get; init; }

    /// <summary>The limits: the runtime sets them from outside, just before the command runs, or else the child itself.</summary>
    public IReadOnlyList<RlimitValue> Rlimits { get; init; } = [];

    /// <summary>The scheduling policy that the runtime sets from outside, just before the command runs; null where the child has set it.</summary>
    public Abi.sched_attr? Scheduler { get; init; }

    /// <summary>Whether the child sets them, as its last step.</summary>
    public bool ChildSetsRlimits { get; init; }
}
