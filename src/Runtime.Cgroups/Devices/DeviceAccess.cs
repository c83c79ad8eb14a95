using Runtime.Linux;

namespace Runtime.Cgroups.Devices;

/// <summary>What may be done with a device; the bits are those of struct bpf_cgroup_dev_ctx.</summary>
[Flags]
public enum DeviceAccess
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary><c>m</c>: mknod(2).</summary>
    Mknod = Abi.BPF_DEVCG_ACC_MKNOD,

    /// <summary><c>r</c>: opening for reading.</summary>
    Read = Abi.BPF_DEVCG_ACC_READ,

    /// <summary><c>w</c>: opening for writing.</summary>
    Write = Abi.BPF_DEVCG_ACC_WRITE,

    /// <summary>All of them.</summary>
    All = Mknod | Read | Write,
}
