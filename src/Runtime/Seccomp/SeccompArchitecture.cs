using System.Runtime.InteropServices;

namespace Runtime.Seccomp;

/// <summary>A system call table that a filter can tell apart; the order is that of the columns of <see cref="SyscallTable"/>.</summary>
public enum SeccompArchitecture
{
    /// <summary>SCMP_ARCH_X86_64: 64-bit calls of x86.</summary>
    X64,

    /// <summary>SCMP_ARCH_X86: 32-bit calls of x86.</summary>
    X86,

    /// <summary>SCMP_ARCH_X32: 32-bit pointers on 64-bit x86; numbers carry <see cref="SeccompArchitectures.X32Bit"/>.</summary>
    X32,

    /// <summary>SCMP_ARCH_AARCH64: 64-bit ARM.</summary>
    Arm64,

    /// <summary>SCMP_ARCH_ARM: 32-bit ARM, EABI.</summary>
    Arm,
}

/// <summary>What sets the architectures apart in a filter, seccomp(2).</summary>
public static class SeccompArchitectures
{
    /// <summary>How many there are.</summary>
    public const int Count = 5;

    /// <summary>__X32_SYSCALL_BIT of asm/unistd.h: tells x32's numbers from x86_64's, which share AUDIT_ARCH_X86_64.</summary>
    public const uint X32Bit = 0x40000000;

    /// <summary>The architecture of this process.</summary>
    /// <exception cref="PlatformNotSupportedException">Filters cannot be compiled for it.</exception>
    public static SeccompArchitecture Native => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => SeccompArchitecture.X64,
        Architecture.Arm64 => SeccompArchitecture.Arm64,
        _ => throw new PlatformNotSupportedException("seccomp filters are compiled for x86_64 and aarch64 hosts only"),
    };

    /// <summary><c>seccomp_data.arch</c> of its calls: AUDIT_ARCH_* of linux/audit.h.</summary>
    public static uint AuditArch(this SeccompArchitecture architecture) => architecture switch
    {
        SeccompArchitecture.X64 or SeccompArchitecture.X32 => 0xC000003E,
        SeccompArchitecture.X86 => 0x40000003,
        SeccompArchitecture.Arm64 => 0xC00000B7,
        _ => 0x40000028,
    };

    /// <summary>Whether a filter compares all 64 bits of an argument; elsewhere only the lower 32.</summary>
    /// <remarks>x32 passes 64-bit registers, but its arguments are 32 bits wide for whoever writes a profile, and for libseccomp.</remarks>
    public static bool Has64BitArguments(this SeccompArchitecture architecture) =>
        architecture is SeccompArchitecture.X64 or SeccompArchitecture.Arm64;

    /// <summary>The specification's name (config-linux.md, seccomp).</summary>
    public static string Name(this SeccompArchitecture architecture) => architecture switch
    {
        SeccompArchitecture.X64 => "SCMP_ARCH_X86_64",
        SeccompArchitecture.X86 => "SCMP_ARCH_X86",
        SeccompArchitecture.X32 => "SCMP_ARCH_X32",
        SeccompArchitecture.Arm64 => "SCMP_ARCH_AARCH64",
        _ => "SCMP_ARCH_ARM",
    };

    /// <summary>The architecture of a name of the specification; false for those that no filter is compiled for.</summary>
    public static bool TryParse(string name, out SeccompArchitecture architecture)
    {
        for (architecture = 0; (int)architecture < Count; architecture++)
        {
            if (architecture.Name() == name)
            {
                return true;
            }
        }

        return false;
    }
}
