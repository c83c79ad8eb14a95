using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Cgroups;

public sealed partial class Cgroup
{
    /// <summary>Where the kernel lists the files that a delegation hands over; one a line, Linux 4.15.</summary>
    private const string DelegateList = "/sys/kernel/cgroup/delegate";

    /// <summary>
    /// Gives the cgroup to a user, who may then make cgroups below it and move processes among them, but not change its
    /// limits: the directory and the files that /sys/kernel/cgroup/delegate names get the owner (config-linux.md, cgroup
    /// ownership). For the host's uid of a guest's root, when the guest has a cgroup namespace and may write to its
    /// cgroup mount.
    /// </summary>
    /// <param name="uid">The owner, as the host sees it. The group stays.</param>
    /// <exception cref="CgroupException">The kernel refuses.</exception>
    public void Delegate(uint uid)
    {
        string files = FileText.TryReadString(AT_FDCWD, DelegateList) ?? "cgroup.procs\ncgroup.threads\ncgroup.subtree_control\n";
        ChangeOwner(".", uid);
        foreach (Range line in files.AsSpan().Split('\n'))
        {
            string file = files[line];
            // A name with a slash cannot be the kernel's.
            if (file.Length > 0 && !file.Contains('/'))
            {
                ChangeOwner(file, uid);
            }
        }
    }

    private void ChangeOwner(string file, uint uid)
    {
        Errno errno = Sys.TryFchownAt(Directory.Number, file, uid, uint.MaxValue, AT_SYMLINK_NOFOLLOW);
        // The list names files of controllers too, which are there only where those are enabled.
        if (errno is not (Errno.OK or Errno.ENOENT))
        {
            throw new CgroupException("/linux/cgroupsPath", $"chown {Path}/{file} to {uid}", errno, string.Empty);
        }
    }
}
