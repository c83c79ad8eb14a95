using System.Runtime.InteropServices;

namespace Runtime.Namespaces.Plan;

/// <summary>What the child wants of the runtime.</summary>
public enum ControlKind
{
    /// <summary>An operation failed: its index, its errno, its tag. The child ends; no answer.</summary>
    Failure = 1,

    /// <summary>Write the user namespace's mappings.</summary>
    WriteIdMaps = 2,

    /// <summary>To `start`, with an fd: a failure that cannot be sent stands in that file at the end. No answer.</summary>
    Report = 3,

    /// <summary>Run the hooks that belong between the mounts and pivot_root(2).</summary>
    RuntimeHooks = 4,

    /// <summary>Take the terminal's master: its fd's number in the child.</summary>
    Terminal = 5,

    /// <summary>Fill the tmpfs (second fd) with what is below it (first fd).</summary>
    CopyUp = 6,

    /// <summary>Take the seccomp listener: its fd's number in the child.</summary>
    SeccompListener = 7,

    /// <summary>All is set up; nothing but the command is missing.</summary>
    Ready = 8,

    /// <summary>Move the network devices into the child's network namespace.</summary>
    NetworkDevices = 9,

    /// <summary>Put the child into its cgroup: the driver could not make it before the child was there.</summary>
    AttachCgroup = 10,

    /// <summary>Set the clocks of the child's time namespace, which nobody is in yet.</summary>
    TimeOffsets = 11,

    /// <summary>Nothing: it waits here until it is killed, or the socket is closed.</summary>
    Nothing = 12,
}

/// <summary>A message of the child to the runtime: one datagram on the control socket.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ControlMessage
{
    /// <summary>Set in <see cref="Second"/> of a failure whose lower bits are a hook's exit status.</summary>
    public const int HookStatus = 0x10000;

    /// <summary>Set beside <see cref="HookStatus"/> where the lower bits are the signal that ended the hook.</summary>
    public const int HookSignal = 0x20000;

    /// <summary>What is wanted.</summary>
    public ControlKind Kind;

    /// <summary>The first number.</summary>
    public int First;

    /// <summary>The second number.</summary>
    public int Second;

    /// <summary>The third number.</summary>
    public int Third;
}

/// <summary>A failure with the end of what a hook wrote: as long as that, the rest is not sent.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct FailureReport
{
    /// <summary>The most bytes that are told of a hook's output.</summary>
    public const int LongestText = 256;

    /// <summary>The failure.</summary>
    public ControlMessage Message;

    /// <summary>The text.</summary>
    public fixed byte Text[LongestText];
}
