using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>A time namespace of the guest's own, with the offsets of its clocks (time_namespaces(7)).</summary>
internal sealed class TimePart(PlanScope scope) : LaunchPart(scope)
{
    private Slot? _offsets;

    // Before the user namespace's root, which the files in /proc/self do not belong to; written when the new clocks exist.
    // In a joined one the child is that root by now: the runtime writes them.
    public void OpenOffsets()
    {
        if (Namespaces.Joins(CLONE_NEWUSER) || !Namespaces.Makes(CLONE_NEWTIME) || Linux.TimeOffsets is not { Count: > 0 })
        {
            return;
        }

        Writer.From("/linux/timeOffsets", "open timens_offsets", HintKind.Sysctl);
        Slot offsets = Writer.NewSlot();
        _offsets = offsets;
        Writer.Call(offsets, SyscallNumber.openat, HostProc, Writer.Text("self/timens_offsets"), O_WRONLY | O_CLOEXEC);
    }

    public void Enter()
    {
        if (!Namespaces.Makes(CLONE_NEWTIME))
        {
            return;
        }

        Writer.From("/linux/namespaces", "make the time namespace", HintKind.Namespace);
        Writer.Call(SyscallNumber.unshare, CLONE_NEWTIME);
        SetOffsets();
        Writer.From("/linux/namespaces", "enter the time namespace", HintKind.Namespace);
        Slot time = Writer.NewSlot();
        Writer.Call(time, SyscallNumber.openat, HostProc, Writer.Text("self/ns/time_for_children"), O_RDONLY | O_CLOEXEC);
        Writer.Call(SyscallNumber.setns, time, CLONE_NEWTIME);
    }

    private void SetOffsets()
    {
        if (Linux.TimeOffsets is not { Count: > 0 } offsets)
        {
            return;
        }

        if (_offsets is not Slot file)
        {
            Writer.From("/linux/timeOffsets", "set the offsets of the clocks");
            Request(ControlKind.TimeOffsets);
            return;
        }

        foreach ((string clock, LinuxTimeOffset offset) in offsets)
        {
            string line = ClockOffset.Line(clock, offset);
            Writer.From($"/linux/timeOffsets/{clock}", $"set the offset of {clock}", HintKind.Sysctl);
            Writer.Call(SyscallNumber.write, file, Writer.Text(line), line.Length);
        }
    }
}
