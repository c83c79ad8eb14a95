using System.Runtime.InteropServices;

namespace Runtime.Namespaces.Plan;

/// <summary>What an <see cref="Operation"/> does.</summary>
public enum OperationCode : byte
{
    /// <summary>A system call; a negative result is an error.</summary>
    Syscall,

    /// <summary>Puts the first argument into the result slot.</summary>
    Set,

    /// <summary>Writes the second argument as a 32-bit number to the address in the first.</summary>
    Store32,

    /// <summary>
    /// Reads 64 bits at the address in the first argument, masks them with the second and compares with the third;
    /// unequal is the error whose number is the fourth.
    /// </summary>
    Test,

    /// <summary>Reads 64 bits at the address in the first argument, masked with the second, into the result slot; they must not be negative.</summary>
    Load,

    /// <summary>Fails with the errno in the first argument.</summary>
    Fail,

    /// <summary>Goes on at <see cref="Operation.Next"/>, if the first argument is not negative.</summary>
    JumpIfSet,

    /// <summary>Asks the runtime (request kind, number) over the control socket and waits for its answer.</summary>
    Request,

    /// <summary>From here on failures are reported on the fd in the first argument.</summary>
    SwitchControl,

    /// <summary>clone(2) with CLONE_PARENT and the flags in the first argument; the caller ends, its sibling goes on.</summary>
    CloneSibling,

    /// <summary>Closes all fds from the first argument on, but those in the others (−1: none).</summary>
    CloseOthers,

    /// <summary>Clears the blob from the first argument on, as many bytes as the second says, and the stack behind the child's own frames.</summary>
    Forget,

    /// <summary>Every signal back to its default action, and none blocked but those of the mask in the first argument.</summary>
    ResetSignals,

    /// <summary>
    /// Runs a hook: path, argv, envp, stdin fd, timeout in milliseconds (−1: none), and the filter that it gets (struct
    /// sock_fprog, 0: none) with the flags in <see cref="Operation.Number"/>.
    /// </summary>
    Hook,

    /// <summary>
    /// fsopen(2) of proc by a process in another pid namespace: the fd of that namespace, and of the directory that is the
    /// root of that process, which has nothing else (<see cref="Child.ChildProc"/>).
    /// </summary>
    OpenProc,

    /// <summary>
    /// Makes what is missing of a path below the fd in the first argument, also where a link leads: the path, whether its last
    /// part is a directory, and how openat2(2) is to resolve it. The result is an fd of the place.
    /// </summary>
    MakePath,

    /// <summary>
    /// seccomp(2) with the flags and the program in the first two arguments, and the listener that it returns handed to the
    /// runtime by a process without the filter. The result is the listener's fd.
    /// </summary>
    LoadListener,
}

/// <summary>How an argument of an <see cref="Operation"/> is to be read.</summary>
public enum ArgumentKind : byte
{
    /// <summary>The number itself.</summary>
    Immediate = 0,

    /// <summary>The content of a slot.</summary>
    Slot = 1,

    /// <summary>An address inside the plan's blob.</summary>
    Blob = 2,

    /// <summary>The address of a slot: the kernel writes there.</summary>
    SlotAddress = 3,
}

/// <summary>What part of a launch an operation belongs to, for messages that `start` must word without the plan.</summary>
public enum OperationTag : byte
{
    /// <summary>The setting up.</summary>
    Setup = 0,

    /// <summary>A hook of the guest's side.</summary>
    Hook = 1,

    /// <summary>The search for the command, or its execve(2).</summary>
    Exec = 2,
}

/// <summary>
/// One step of a launch. Blittable: the child between clone3(2) and execve(2) reads an array of them and nothing else.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct Operation
{
    /// <summary>What to do.</summary>
    public OperationCode Code;

    /// <summary>The part of the launch that it belongs to.</summary>
    public OperationTag Tag;

    /// <summary>The slot that takes the result; −1: none.</summary>
    public short Result;

    /// <summary>The number of the system call.</summary>
    public int Number;

    /// <summary>Where to go on after success; 0: the next operation.</summary>
    public short Next;

    /// <summary>Two bits for each argument: its <see cref="ArgumentKind"/>.</summary>
    public ushort Kinds;

    /// <summary>An errno that is expected (−1: any) …</summary>
    public short Errno0;

    /// <summary>… and where to go on then.</summary>
    public short Target0;

    /// <summary>A second errno that is expected (−1: any) …</summary>
    public short Errno1;

    /// <summary>… and where to go on then.</summary>
    public short Target1;

    /// <summary>The arguments.</summary>
    public fixed long Arguments[6];
}
