using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Plan;
using Tmds.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>The terminal of the process, and its session.</summary>
internal sealed class ConsolePart(PlanScope scope, DevicesPart? devices) : LaunchPart(scope)
{
    private Slot _terminal;

    /// <summary>
    /// A pseudo-terminal of the guest's own devpts: the master goes to the runtime, the slave is bound to /dev/console
    /// and becomes the controlling terminal. The slave comes from TIOCGPTPEER (Linux 4.13), never from a path.
    /// </summary>
    public void Make()
    {
        if (Process.Terminal != true)
        {
            return;
        }

        Writer.From("/process/terminal", "make a terminal", HintKind.Terminal);
        Slot master = Writer.NewSlot();
        _terminal = Writer.NewSlot();
        if (Scope.SetsUpMounts || Inputs.Exec is not null)
        {
            Resolve(master, Root, "dev/pts/ptmx", O_RDWR | O_NOCTTY, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
        }
        else
        {
            Writer.Call(master, SyscallNumber.openat, AT_FDCWD, Writer.Text("/dev/ptmx"), O_RDWR | O_NOCTTY | O_CLOEXEC);
        }

        Writer.Call(SyscallNumber.ioctl, master, TIOCSPTLCK, Writer.Struct(0));
        Writer.Call(_terminal, SyscallNumber.ioctl, master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (Process.ConsoleSize is ConsoleSize size)
        {
            var window = new winsize { ws_row = Clamp(size.Height), ws_col = Clamp(size.Width) };
            Writer.Call(SyscallNumber.ioctl, master, TIOCSWINSZ, Writer.Struct(window));
        }

        if (devices is { Dev.Index: >= 0 })
        {
            Bind(devices.Dev);
        }

        Writer.From("/process/terminal", "hand the terminal over", HintKind.Terminal);
        RequestWithFd(ControlKind.Terminal, master);
        Writer.Call(SyscallNumber.close, master);
    }

    private void Bind(Slot dev)
    {
        Slot copy = Writer.NewSlot();
        Slot console = Writer.NewSlot();
        Writer.Call(copy, SyscallNumber.open_tree, _terminal, Empty, AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
        // What an image has there is a target, never opened: a FIFO would keep the launch waiting, a device would act.
        Writer.Call(SyscallNumber.mknodat, dev, Writer.Text("console"), S_IFREG | 0b110_000_000, 0).Ignore(Errno.EEXIST);
        Resolve(console, dev, "console", O_PATH | O_NOFOLLOW, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
        Attach(copy, console);
    }

    /// <summary>The terminal as the standard streams.</summary>
    public void Use()
    {
        if (Process.Terminal != true)
        {
            return;
        }

        Writer.From("/process/terminal", "use the terminal", HintKind.Terminal);
        for (int fd = 0; fd <= 2; fd++)
        {
            Writer.Call(SyscallNumber.dup3, _terminal, fd, 0);
        }

        uint uid = Process.User?.Uid ?? 0;
        if (uid != 0)
        {
            // In a user namespace whose devpts is another's (EPERM) the terminal works all the same.
            Writer.Call(SyscallNumber.fchown, 0, (long)uid, -1).Ignore(Errno.EPERM);
        }
    }

    /// <summary>A session, and with a terminal its control: both belong to the process that will be the command's.</summary>
    public void LeadSession()
    {
        Writer.From("/process/terminal", "lead a session of its own", HintKind.Terminal);
        // EPERM: it leads one already, as the first process of a pid namespace that was made for it.
        Writer.Call(SyscallNumber.setsid).Ignore(Errno.EPERM);
        if (Process.Terminal == true)
        {
            Writer.Call(SyscallNumber.ioctl, 0, TIOCSCTTY, 0);
        }
    }

    private static ushort Clamp(ulong? value) => (ushort)Math.Min(value ?? 0, ushort.MaxValue);
}
