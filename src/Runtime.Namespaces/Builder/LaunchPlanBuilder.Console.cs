using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Child;
using Runtime.Namespaces.Plan;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder;

public sealed partial class LaunchPlanBuilder
{
    private Slot _terminal;

    /// <summary>
    /// A pseudo-terminal of the guest's own devpts: the master goes to the runtime, the slave is bound to /dev/console
    /// and becomes the controlling terminal. The slave comes from TIOCGPTPEER (Linux 4.13), never from a path.
    /// </summary>
    private void MakeConsole()
    {
        if (_process.Terminal != true)
        {
            return;
        }

        _writer.From("/process/terminal", "make a terminal", HintKind.Terminal);
        Slot master = _writer.NewSlot();
        _terminal = _writer.NewSlot();
        if (OwnsMounts || _inputs.Exec is not null)
        {
            Resolve(master, _root, "dev/pts/ptmx", O_RDWR | O_NOCTTY, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
        }
        else
        {
            _writer.Call(master, SyscallNumber.openat, AT_FDCWD, _writer.Text("/dev/ptmx"), O_RDWR | O_NOCTTY | O_CLOEXEC);
        }

        _writer.Call(SyscallNumber.ioctl, master, TIOCSPTLCK, _writer.Struct(0));
        _writer.Call(_terminal, SyscallNumber.ioctl, master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (_process.ConsoleSize is ConsoleSize size)
        {
            var window = new winsize { ws_row = Clamp(size.Height), ws_col = Clamp(size.Width) };
            _writer.Call(SyscallNumber.ioctl, master, TIOCSWINSZ, _writer.Struct(window));
        }

        if (SetsUpDevices && _inputs.Exec is null)
        {
            BindConsole();
        }

        _writer.From("/process/terminal", "hand the terminal over", HintKind.Terminal);
        RequestWithFd(ControlKind.Terminal, master);
        _writer.Call(SyscallNumber.close, master);
    }

    private void BindConsole()
    {
        Slot copy = _writer.NewSlot();
        Slot console = _writer.NewSlot();
        _writer.Call(copy, SyscallNumber.open_tree, _terminal, Empty, AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
        // What an image has there is a target, never opened: a FIFO would keep the launch waiting, a device would act.
        _writer.Call(SyscallNumber.mknodat, _dev, _writer.Text("console"), S_IFREG | 0x180, 0).Ignore(Errno.EEXIST);
        Resolve(console, _dev, "console", O_PATH | O_NOFOLLOW, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
        Attach(copy, console);
    }

    /// <summary>The terminal as the standard streams.</summary>
    private void UseTerminal()
    {
        if (_process.Terminal != true)
        {
            return;
        }

        _writer.From("/process/terminal", "use the terminal", HintKind.Terminal);
        for (int fd = 0; fd <= 2; fd++)
        {
            _writer.Call(SyscallNumber.dup3, _terminal, fd, 0);
        }

        uint uid = _process.User?.Uid ?? 0;
        if (uid != 0)
        {
            // In a user namespace whose devpts is another's (EPERM) the terminal works all the same.
            _writer.Call(SyscallNumber.fchown, 0, (long)uid, -1).Ignore(Errno.EPERM);
        }
    }

    /// <summary>A session, and with a terminal its control: both belong to the process that will be the command's.</summary>
    private void LeadSession()
    {
        _writer.From("/process/terminal", "lead a session of its own", HintKind.Terminal);
        // EPERM: it leads one already, as the first process of a pid namespace that was made for it.
        _writer.Call(SyscallNumber.setsid).Ignore(Errno.EPERM);
        if (_process.Terminal == true)
        {
            _writer.Call(SyscallNumber.ioctl, 0, TIOCSCTTY, 0);
        }
    }

    private static ushort Clamp(ulong? value) => (ushort)Math.Min(value ?? 0, ushort.MaxValue);
}
