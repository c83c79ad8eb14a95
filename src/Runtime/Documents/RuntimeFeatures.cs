using OciSpec;
using Runtime.Cgroups.Systemd;
using Runtime.Linux;
using Runtime.Namespaces.Resolution;
using Runtime.Seccomp;

namespace Runtime.Documents;

/// <summary>What this runtime supports (features.md), taken from the tables that the code itself works with.</summary>
public static class RuntimeFeatures
{
    /// <summary>The specification's version that the types are made from.</summary>
    public const string SpecVersion = "1.3.0";

    /// <summary>The document.</summary>
    /// <param name="annotations">The runtime's own words on itself, such as its version.</param>
    public static Features Document(Dictionary<string, string>? annotations = null) => new()
    {
        OciVersionMin = "1.0.0",
        OciVersionMax = SpecVersion,
        Hooks = [.. KnownValues.Hooks],
        MountOptions = [.. MountOptions.Known],
        Linux = new LinuxFeatures
        {
            Namespaces = [.. KnownValues.NamespaceTypes],
            Capabilities = [.. KnownValues.Capabilities],
            Cgroup = new CgroupFeatures { V1 = false, V2 = true, Systemd = true, SystemdUser = true, Rdma = true },
            Seccomp = Filters(),
            Apparmor = On,
            Selinux = On,
            IntelRdt = new IntelRdtFeatures { Enabled = true, Schemata = true, Monitoring = true },
            MemoryPolicy = new MemoryPolicyFeatures { Modes = [.. KnownValues.MemoryPolicyModes], Flags = [.. KnownValues.MemoryPolicyFlags] },
            MountExtensions = new MountExtensionFeatures { Idmap = On },
            NetDevices = On,
        },
        Annotations = annotations,
        PotentiallyUnsafeConfigAnnotations = [AnnotationProperties.Prefix],
    };

    private static FeatureSwitch On => new() { Enabled = true };

    private static SeccompFeatures Filters()
    {
        var architectures = new List<string>(SeccompArchitectures.Count);
        for (int i = 0; i < SeccompArchitectures.Count; i++)
        {
            architectures.Add(((SeccompArchitecture)i).Name());
        }

        return new SeccompFeatures
        {
            Enabled = true,
            Actions = [.. KnownValues.SeccompActions],
            Operators = [.. KnownValues.SeccompOperators],
            Archs = architectures,
            KnownFlags = [.. KnownValues.SeccompFlags],
            SupportedFlags = [.. Array.FindAll(KnownValues.SeccompFlags, KernelTakes)],
        };
    }

    /// <summary>seccomp(2) looks at the flags before it looks for the program: EFAULT means that it knows them.</summary>
    private static bool KernelTakes(string name)
    {
        uint flag = SeccompNames.Flag(name);
        if (flag == Abi.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
        {
            flag |= Abi.SECCOMP_FILTER_FLAG_NEW_LISTENER; // it says how a listener waits, and is refused alone
        }

        return Sys.Raw(SyscallNumber.seccomp, Abi.SECCOMP_SET_MODE_FILTER, (nint)flag, 0) == -(int)Errno.EFAULT;
    }
}
