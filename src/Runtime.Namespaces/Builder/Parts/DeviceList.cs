using System.Globalization;
using OciSpec;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>A device node that the guest gets.</summary>
/// <param name="Path">Where.</param>
/// <param name="Type">S_IFCHR, S_IFBLK or S_IFIFO.</param>
/// <param name="Major">Major number.</param>
/// <param name="Minor">Minor number.</param>
/// <param name="Mode">Permission bits.</param>
/// <param name="Uid">Owner, as the guest has it.</param>
/// <param name="Gid">Group, as the guest has it.</param>
/// <param name="Index">Its place in /linux/devices; −1 for a default device.</param>
internal sealed record DeviceNode(string Path, int Type, uint Major, uint Minor, int Mode, uint Uid, uint Gid, int Index)
{
    /// <summary>Names the device as what the operations from here on come from.</summary>
    public void From(PlanWriter writer, string verb)
    {
        if (writer.Describes)
        {
            writer.From(Index < 0 ? "/linux/devices" : "/linux/devices/" + Index.ToString(CultureInfo.InvariantCulture), $"{verb} {Path}", HintKind.Device);
        }
    }
}

/// <summary>The devices of a guest: the default ones of the specification, and the config's.</summary>
internal sealed class DeviceList
{
    // Engines hand on st_mode as stat(2) gives it, the file's type included.
    private const int PermissionBits = 0b111_111_111_111;

    /// <summary>Collects them.</summary>
    public DeviceList(PlanScope scope)
    {
        // A bind mount on /dev brings its own devices.
        IsSetUp = scope.SetsUpMounts && !scope.Inputs.Resolved.Mounts.Any(m => m.Target == "dev" && m.Options.Bind);
        Nodes = scope.SetsUpMounts ? Collect(scope.Linux.Devices ?? [], scope.BindsDevices) : [];
    }

    /// <summary>Whether the guest's /dev is set up at all.</summary>
    public bool IsSetUp { get; }

    /// <summary>The nodes, in the order in which they are made.</summary>
    public IReadOnlyList<DeviceNode> Nodes { get; }

    private static List<DeviceNode> Collect(List<LinuxDevice> configured, bool binds)
    {
        var nodes = new List<DeviceNode>(DefaultDevices.All.Count + configured.Count);
        foreach ((string name, uint major, uint minor) in DefaultDevices.All)
        {
            string path = "/dev/" + name;
            if (!configured.Exists(d => d.Path == path))
            {
                nodes.Add(new DeviceNode(path, S_IFCHR, major, minor, DefaultDevices.Mode, 0, 0, -1));
            }
        }

        for (int i = 0; i < configured.Count; i++)
        {
            LinuxDevice device = configured[i];
            if (device.Path == "/dev/ptmx" && binds)
            {
                continue; // a link takes its place, which no mount can be moved out of
            }

            int type = device.Type switch { "b" => S_IFBLK, "p" => S_IFIFO, _ => S_IFCHR };
            int mode = (int)(device.FileMode ?? DefaultDevices.Mode) & PermissionBits;
            nodes.Add(new DeviceNode(device.Path!, type, (uint)(device.Major ?? 0), (uint)(device.Minor ?? 0), mode, device.Uid ?? 0, device.Gid ?? 0, i));
        }

        return nodes;
    }
}
