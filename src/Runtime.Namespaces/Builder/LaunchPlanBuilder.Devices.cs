using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Plan;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder;

public sealed partial class LaunchPlanBuilder
{
    // config-linux.md, "Default Devices"; /dev/console and /dev/ptmx are made elsewhere.
    private static readonly DeviceNode[] s_defaultDevices =
    [
        new("/dev/null", S_IFCHR, 1, 3, 0x1b6, 0, 0, -1),
        new("/dev/zero", S_IFCHR, 1, 5, 0x1b6, 0, 0, -1),
        new("/dev/full", S_IFCHR, 1, 7, 0x1b6, 0, 0, -1),
        new("/dev/random", S_IFCHR, 1, 8, 0x1b6, 0, 0, -1),
        new("/dev/urandom", S_IFCHR, 1, 9, 0x1b6, 0, 0, -1),
        new("/dev/tty", S_IFCHR, 5, 0, 0x1b6, 0, 0, -1),
    ];

    // config-linux.md, "Dev symbolic links"
    private static readonly (string Name, string Target)[] s_links =
    [
        ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"), ("stderr", "/proc/self/fd/2"),
    ];

    // Engines hand on st_mode as stat(2) gives it, the file's type included.
    private const int PermissionBits = 0xfff;

    private readonly Dictionary<string, Slot> _hostDevices = [];
    private List<DeviceNode> _devices = [];
    private Slot _dev;

    /// <summary>A bind mount on /dev brings its own devices.</summary>
    private bool SetsUpDevices =>
        OwnsMounts && !(_config.Mounts ?? []).Exists(m => Parts(m.Destination ?? string.Empty) is ["dev"] && MountOptions.Parse(m).Bind);

    private bool BindsDevices => _inputs.InUserNamespace || EntersUserNamespace;

    private bool EntersUserNamespace => _newUser || _inputs.Exec is { Namespaces: var entered } && (entered & CLONE_NEWUSER) != 0 || _joined.Exists(n => n.Flag == CLONE_NEWUSER);

    /// <summary>Where the runtime itself may not make nodes, the host's devices are bound, read-only: that is about the node, not about what can be written to it.</summary>
    private void OpenHostDevices()
    {
        if (!OwnsMounts)
        {
            return;
        }

        _devices = CompileDevices();
        if (!BindsDevices || !SetsUpDevices || MayMakeNodes)
        {
            return;
        }

        foreach (DeviceNode device in _devices)
        {
            FromDevice(device, "open the host's");
            Slot source = _writer.NewSlot();
            _writer.Call(source, SyscallNumber.open_tree, AT_FDCWD, _writer.Text(device.Path), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
            RequireDevice(source, device.Type, device.Major, device.Minor);
            Attributes(source, 0, new mount_attr { attr_set = MOUNT_ATTR_RDONLY });
            _hostDevices[device.Path] = source;
        }
    }

    private List<DeviceNode> CompileDevices()
    {
        List<LinuxDevice> configured = _linux.Devices ?? [];
        var devices = new List<DeviceNode>(s_defaultDevices.Length + configured.Count);
        foreach (DeviceNode device in s_defaultDevices)
        {
            if (!configured.Exists(d => d.Path == device.Path))
            {
                devices.Add(device);
            }
        }

        for (int i = 0; i < configured.Count; i++)
        {
            LinuxDevice device = configured[i];
            if (device.Path == "/dev/ptmx" && BindsDevices)
            {
                continue; // a link takes its place, which no mount can be moved out of
            }

            int type = device.Type switch { "b" => S_IFBLK, "p" => S_IFIFO, _ => S_IFCHR };
            devices.Add(new DeviceNode(device.Path!, type, (uint)(device.Major ?? 0), (uint)(device.Minor ?? 0), (int)(device.FileMode ?? 0x1b6) & PermissionBits, device.Uid ?? 0, device.Gid ?? 0, i));
        }

        return devices;
    }

    private void MakeDevices()
    {
        if (!SetsUpDevices)
        {
            return;
        }

        _writer.From("/linux/devices", "reach /dev", HintKind.MountTarget);
        _dev = ReachOrMake("/dev", folder: true, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
        for (int i = 0; i < _devices.Count; i++)
        {
            MakeDevice(i);
        }

        _writer.From("/linux/devices", "make the links of /dev", HintKind.Device);
        foreach ((string name, string target) in s_links)
        {
            _writer.Call(SyscallNumber.symlinkat, _writer.Text(target), _dev, _writer.Text(name)).Ignore(Errno.EEXIST);
        }

        LinkToCore();
        _writer.Call(SyscallNumber.unlinkat, _dev, _writer.Text("ptmx"), 0).Ignore(Errno.ENOENT);
        _writer.Call(SyscallNumber.symlinkat, _writer.Text("pts/ptmx"), _dev, _writer.Text("ptmx")).Ignore(Errno.EEXIST);
    }

    /// <summary>No link of the specification's, but one that every runtime makes where the kernel has the file.</summary>
    private void LinkToCore()
    {
        Label none = _writer.NewLabel();
        _writer.Call(SyscallNumber.faccessat2, _hostProc, _writer.Text("kcore"), F_OK).OnAny(none);
        _writer.Call(SyscallNumber.symlinkat, _writer.Text("/proc/kcore"), _dev, _writer.Text("core")).Ignore(Errno.EEXIST);
        _writer.Mark(none);
    }

    private void MakeDevice(int index)
    {
        DeviceNode device = _devices[index];
        string[] parts = Parts(device.Path);
        string name = parts[^1];
        FromDevice(device, "make");
        if (BindsDevices)
        {
            BindDevice(index);
            return;
        }

        Slot folder = parts is ["dev", _] ? _dev : ReachOrMake(string.Join('/', parts, 0, parts.Length - 1), folder: true);

        Label exists = _writer.NewLabel();
        Label next = _writer.NewLabel();
        long number = DeviceNumber(device.Major, device.Minor);
        _writer.Call(SyscallNumber.mknodat, folder, _writer.Text(name), device.Type | device.Mode, device.Type == S_IFIFO ? 0 : number).On(Errno.EEXIST, exists);
        if (device.Uid != 0 || device.Gid != 0)
        {
            _writer.Call(SyscallNumber.fchownat, folder, _writer.Text(name), (long)device.Uid, (long)device.Gid, AT_SYMLINK_NOFOLLOW);
        }

        _writer.Jump(next);
        _writer.Mark(exists);
        Slot there = _writer.NewSlot();
        Resolve(there, folder, name, O_PATH | O_NOFOLLOW, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
        RequireDevice(there, device.Type, device.Major, device.Minor);
        _writer.Mark(next);
    }

    private void BindDevice(int index)
    {
        DeviceNode device = _devices[index];
        FromDevice(device, "bind");
        if (!MayMakeNodes)
        {
            Attach(_hostDevices[device.Path], ReachOrMake(device.Path, folder: false));
            return;
        }

        Slot copy = _writer.NewSlot();
        _writer.Call(copy, SyscallNumber.open_tree, _nodes, _writer.Text(NodeName(index)), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
        Attach(copy, ReachOrMake(device.Path, folder: false));
    }

    /// <summary>What the fd stands for must be this very device, whatever its path says; else the launch fails, or goes on elsewhere.</summary>
    private void RequireDevice(Slot fd, int type, uint major, uint minor, Label? otherwise = null)
    {
        Argument status = _writer.Room(256);
        _writer.Call(SyscallNumber.statx, fd, Empty, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, status);
        PlanWriter.Step kind = _writer.Add(OperationCode.Test, Slot.None, 0, PlanWriter.Inside(status, StatxMode), (long)S_IFMT, (long)type, (int)Errno.EEXIST);
        if (otherwise is Label other)
        {
            kind.OnAny(other);
        }

        if (type == S_IFIFO)
        {
            return;
        }

        PlanWriter.Step number = _writer.Add(OperationCode.Test, Slot.None, 0, PlanWriter.Inside(status, StatxDevice), -1L, ((long)minor << 32) | major, (int)Errno.EEXIST);
        if (otherwise is Label elsewhere)
        {
            number.OnAny(elsewhere);
        }
    }

    // struct statx: where stx_mode and stx_rdev_major stand (the ABI tests hold them against the headers).
    private const int StatxMode = 28;
    private const int StatxInode = 32;
    private const int StatxMount = 144;
    private const int StatxDevice = 128;

    private void FromDevice(DeviceNode device, string verb)
    {
        if (!_writer.Describes)
        {
            return;
        }

        string pointer = device.Index < 0 ? "/linux/devices" : "/linux/devices/" + device.Index.ToString(System.Globalization.CultureInfo.InvariantCulture);
        _writer.From(pointer, $"{verb} {device.Path}", HintKind.Device);
    }

    /// <summary>The kernel's encoding of a device number in mknod(2): new_encode_dev.</summary>
    internal static long DeviceNumber(uint major, uint minor) => (minor & 0xff) | (major << 8) | ((minor & ~0xffu) << 12);

    private sealed record DeviceNode(string Path, int Type, uint Major, uint Minor, int Mode, uint Uid, uint Gid, int Index);
}
