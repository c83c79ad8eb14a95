using System.Runtime.InteropServices;

namespace Runtime.Namespaces.Plan;

/// <summary>All that the child knows: where the plan lies, and where to report.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ChildContext
{
    /// <summary>The operations.</summary>
    public Operation* Operations;

    /// <summary>How many there are.</summary>
    public long Count;

    /// <summary>The slots.</summary>
    public long* Slots;

    /// <summary>Strings, structs and room for results.</summary>
    public byte* Blob;

    /// <summary>The child's end of the control socket (SOCK_SEQPACKET).</summary>
    public int Control;

    /// <summary>The operation that failed.</summary>
    public int FailedOperation;

    /// <summary>How many bytes the blob has.</summary>
    public long BlobLength;

    /// <summary>Memory that the runtime, or `start`, reads as well: where failures stand that the guest's filter lets nobody send. Null without need.</summary>
    public ControlMessage* Report;

    /// <summary>The child's stack above its own frames: what the runtime had there, its arguments and environment at the end.</summary>
    public byte* StackFrom;

    /// <summary>The end of the stack; null where nobody recorded it (tests).</summary>
    public byte* StackEnd;

    /// <summary>Where the kernel reads the command line (proc(5), cmdline), and how long it is.</summary>
    public byte* CommandLine;

    /// <summary>Its length in bytes.</summary>
    public long CommandLineLength;

    /// <summary>Its errno; a hook's wait status is told by <see cref="ControlMessage.HookStatus"/> in the upper bits.</summary>
    public int FailedErrno;

    /// <summary>The file that takes what hooks write; -1: they have the standard output and error of this process.</summary>
    public int HookOutput;

    /// <summary>How much of <see cref="HookText"/> there is.</summary>
    public int HookTextLength;

    /// <summary>The end of what the hook that failed wrote.</summary>
    public fixed byte HookText[FailureReport.LongestText];
}
