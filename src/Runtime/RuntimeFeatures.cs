using OciSpec;
using Runtime.Namespaces.Builder;

namespace Runtime;

/// <summary>What this runtime supports (features.md), taken from the tables that the code itself works with.</summary>
public static class RuntimeFeatures
{
    /// <summary>The specification's version that the types are made from.</summary>
    public const string SpecVersion = "1.3.0";

    /// <summary>The document.</summary>
    public static Features Current => new()
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
            Seccomp = new SeccompFeatures
            {
                Enabled = true,
                Actions = [.. KnownValues.SeccompActions],
                Operators = [.. KnownValues.SeccompOperators],
                Archs = ["SCMP_ARCH_X86", "SCMP_ARCH_X86_64", "SCMP_ARCH_X32", "SCMP_ARCH_ARM", "SCMP_ARCH_AARCH64"],
                KnownFlags = [.. KnownValues.SeccompFlags],
                SupportedFlags = [.. KnownValues.SeccompFlags],
            },
            Apparmor = new FeatureSwitch { Enabled = true },
            Selinux = new FeatureSwitch { Enabled = true },
        },
    };
}
