using OciSpec;
using Runtime.Linux;
using Runtime.Linux.Files;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>The device nodes and links of the guest's /dev (config-linux.md, "Devices").</summary>
internal sealed class DevicesPart(PlanScope scope, DeviceList devices, NodesPart nodes) : LaunchPart(scope)
{
    // config-linux.md, "Dev symbolic links"
    private static readonly (string Name, string Target)[] s_links =
    [
        ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"), ("stderr", "/proc/self/fd/2"),
    ];

    private readonly Dictionary<string, Slot> _hostDevices = [];

    /// <summary>The guest's /dev; <see cref="Slot.None"/> where it is not set up.</summary>
    public Slot Dev { get; private set; } = Slot.None;

    /// <summary>Where the runtime itself may not make nodes, the host's devices are bound, read-only: that is about the node, not about what can be written to it.</summary>
    public void OpenHosts()
    {
        if (!Scope.BindsDevices || !devices.IsSetUp || Scope.MayMakeNodes)
        {
            return;
        }

        foreach (DeviceNode device in devices.Nodes)
        {
            device.From(Writer, "open the host's");
            Slot source = Writer.NewSlot();
            Writer.Call(source, SyscallNumber.open_tree, AT_FDCWD, Writer.Text(device.Path), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
            RequireDevice(source, device.Type, device.Major, device.Minor);
            Attributes(source, 0, new mount_attr { attr_set = MOUNT_ATTR_RDONLY });
            _hostDevices[device.Path] = source;
        }
    }

    /// <summary>Makes them, or binds what was made outside.</summary>
    public void Make()
    {
        if (!devices.IsSetUp)
        {
            return;
        }

        Writer.From("/linux/devices", "reach /dev", HintKind.MountTarget);
        Dev = ReachOrMake("/dev", directory: true, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
        for (int i = 0; i < devices.Nodes.Count; i++)
        {
            MakeDevice(i);
        }

        Writer.From("/linux/devices", "make the links of /dev", HintKind.Device);
        foreach ((string name, string target) in s_links)
        {
            // What the image, or a mount of the config, has there stays.
            Writer.Call(SyscallNumber.symlinkat, Writer.Text(target), Dev, Writer.Text(name)).Ignore(Errno.EEXIST);
        }

        LinkToCore();
        Writer.Call(SyscallNumber.unlinkat, Dev, Writer.Text("ptmx"), 0).Ignore(Errno.ENOENT);
        Writer.Call(SyscallNumber.symlinkat, Writer.Text("pts/ptmx"), Dev, Writer.Text("ptmx")).Ignore(Errno.EEXIST);
    }

    /// <summary>No link of the specification's, but one that every runtime makes where the kernel has the file.</summary>
    private void LinkToCore()
    {
        Label none = Writer.NewLabel();
        Writer.Call(SyscallNumber.faccessat2, HostProc, Writer.Text("kcore"), F_OK).OnAny(none);
        Writer.Call(SyscallNumber.symlinkat, Writer.Text("/proc/kcore"), Dev, Writer.Text("core")).Ignore(Errno.EEXIST);
        Writer.Mark(none);
    }

    private void MakeDevice(int index)
    {
        DeviceNode device = devices.Nodes[index];
        string[] parts = GuestPath.Parts(device.Path);
        string name = parts[^1];
        device.From(Writer, "make");
        if (Scope.BindsDevices)
        {
            BindDevice(index);
            return;
        }

        Slot directory = parts is ["dev", _] ? Dev : ReachOrMake(string.Join('/', parts, 0, parts.Length - 1), directory: true);

        Label exists = Writer.NewLabel();
        Label next = Writer.NewLabel();
        long number = DeviceNumber.Encode(device.Major, device.Minor);
        Writer.Call(SyscallNumber.mknodat, directory, Writer.Text(name), device.Type | device.Mode, device.Type == S_IFIFO ? 0 : number).On(Errno.EEXIST, exists);
        if (device.Uid != 0 || device.Gid != 0)
        {
            Writer.Call(SyscallNumber.fchownat, directory, Writer.Text(name), (long)device.Uid, (long)device.Gid, AT_SYMLINK_NOFOLLOW);
        }

        Writer.Jump(next);
        Writer.Mark(exists);
        Slot there = Writer.NewSlot();
        Resolve(there, directory, name, O_PATH | O_NOFOLLOW, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
        RequireDevice(there, device.Type, device.Major, device.Minor);
        Writer.Mark(next);
    }

    private void BindDevice(int index)
    {
        DeviceNode device = devices.Nodes[index];
        device.From(Writer, "bind");
        if (!Scope.MayMakeNodes)
        {
            Attach(_hostDevices[device.Path], ReachOrMake(device.Path, directory: false));
            return;
        }

        Slot copy = Writer.NewSlot();
        Writer.Call(copy, SyscallNumber.open_tree, nodes.Fd, Writer.Text(NodesPart.NameOf(index)), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
        Attach(copy, ReachOrMake(device.Path, directory: false));
    }
}
