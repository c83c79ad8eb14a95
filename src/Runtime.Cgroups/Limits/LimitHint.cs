using Runtime.Linux;

namespace Runtime.Cgroups.Limits;

/// <summary>Why the kernel refuses a limit.</summary>
internal static class LimitHint
{
    public static string For(int dirfd, CgroupWrite write, Errno errno) => errno switch
    {
        Errno.ENOENT when write.Controller == "hugetlb" => "the machine has no huge pages of this size",
        Errno.ENOENT when write.File == "memory.swap.max" => "the kernel counts no swap: it is built without CONFIG_SWAP, or booted with swapaccount=0",
        Errno.ENOENT => "this kernel has no such file",
        Errno.ENODEV => write.Controller == "io" ? "there is no such block device, or it is a partition: name the whole disk" : "there is no such device",
        Errno.ERANGE => "out of range",
        Errno.EACCES or Errno.EPERM => "the file is not delegated to this user",
        Errno.ENOSPC => "no CPU or memory node would be left",
        Errno.EBUSY => "the cgroup uses more than that now",
        Errno.EINVAL => Invalid(dirfd, write),
        _ => string.Empty,
    };

    private static string Invalid(int dirfd, CgroupWrite write) => write.File switch
    {
        "cpu.max" => "the period must be 1000 to 1000000 and the quota at least 1000 microseconds, not below the burst",
        "cpu.max.burst" => $"it must not exceed the quota, which is {CgroupFile.ReadText(dirfd, "cpu.max")}",
        "cpu.weight" => CgroupFile.ReadText(dirfd, "cpu.idle") == "1" ? "the cgroup is idle and has no weight: set idle to 0 first" : "out of range",
        "cpuset.cpus" => "there is no such CPU, or the list is malformed",
        "cpuset.mems" => "there is no such memory node, or the list is malformed",
        "pids.max" => "out of range",
        _ => $"the value was {write.Value}",
    };
}
