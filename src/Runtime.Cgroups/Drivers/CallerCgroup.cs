using System.Globalization;
using Runtime.Linux;

namespace Runtime.Cgroups.Drivers;

/// <summary>
/// The cgroup that this process was started in, where that was delegated to it (<c>systemd-run --user --scope
/// -p Delegate=yes cctl run …</c>). A cgroup with processes can have no controllers for its children, cgroups(7),
/// "no internal processes".
/// </summary>
internal static class CallerCgroup
{
    /// <summary>Where the process goes, beside the containers.</summary>
    private const string Child = "cctl-runtime";

    /// <summary>
    /// Moves this process one down where it is alone, so that limits become possible. Where it is not, or may not,
    /// everything stays; what needs controllers is refused later, with the reason.
    /// </summary>
    public static void Leave(CgroupMount mount, string own)
    {
        string pid = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        if (Sys.TryOpenAt(mount.Directory.Number, own, Abi.O_PATH | Abi.O_DIRECTORY, 0, out Fd? opened) != Errno.OK)
        {
            return;
        }

        using Fd directory = opened!;
        if (CgroupFile.ReadText(directory.Number, "cgroup.procs") == pid
            && Sys.TryMkdirAt(directory.Number, Child, 0b111_101_101) is Errno.OK or Errno.EEXIST)
        {
            CgroupFile.TryWrite(directory.Number, Child + "/cgroup.procs", pid);
        }
    }
}
