using OciSpec;
using Runtime.Linux;
using Runtime.Seccomp;

namespace Unit.Tests.Seccomp;

/// <summary>Compares the compiler's filter with libseccomp's.</summary>
internal static class Oracle
{
    private const uint Enosys = 0x00050000 | 38;

    internal static readonly SeccompArchitecture[] Architectures =
        [SeccompArchitecture.X64, SeccompArchitecture.X86, SeccompArchitecture.X32, SeccompArchitecture.Arm64, SeccompArchitecture.Arm];

    /// <summary>
    /// The first call for which they differ, described, or null. Where the profile names no call as new as the one asked
    /// about, ENOSYS is the compiler's answer; that is the one difference there is. What libseccomp decides as no rule does
    /// is its own mistake: libseccomp 2.5.4 lets rules share code that relies on an argument that was loaded on one of the
    /// ways to it only, and compares another argument on the others.
    /// </summary>
    internal static string? Difference(LinuxSeccomp profile, SeccompArchitecture native, Abi.sock_filter[] theirs)
    {
        Abi.sock_filter[] ours = SeccompCompiler.Compile(profile, native).Program;
        BpfMachine.Verify(ours);
        var probes = new Probes(profile);
        Dictionary<SeccompArchitecture, int> newest = Newest(profile, native);
        foreach (SeccompArchitecture architecture in Architectures)
        {
            foreach (uint number in Probes.Numbers(architecture))
            {
                bool newer = IsNewer(newest, architecture, number);
                foreach (SeccompCall call in probes.Calls(architecture, number))
                {
                    uint actual = BpfMachine.Run(ours, call).Value;
                    uint expected = newer ? Enosys : BpfMachine.Run(theirs, call).Value;
                    if (actual != expected && !(!newer && ProfileModel.Contradicts(profile, architecture, call, wrong: expected, right: actual)))
                    {
                        return $"{architecture} {call}: {actual:x8} instead of {expected:x8}";
                    }
                }
            }
        }

        var foreign = new SeccompCall(0xC0000015, 1);
        return BpfMachine.Run(ours, foreign).Value == BpfMachine.Run(theirs, foreign).Value ? null : "a foreign architecture";
    }

    /// <summary>Whether a number is above all that the profile names for its architecture, and the default action forbids.</summary>
    private static bool IsNewer(Dictionary<SeccompArchitecture, int> newest, SeccompArchitecture asked, uint number)
    {
        // x86_64 and x32 share seccomp_data.arch; the number says which is meant.
        bool x32 = asked is SeccompArchitecture.X64 or SeccompArchitecture.X32 && number >= Probes.X32Bit;
        SeccompArchitecture architecture = x32 ? SeccompArchitecture.X32
            : asked == SeccompArchitecture.X32 ? SeccompArchitecture.X64 : asked;
        uint bare = x32 ? number & ~Probes.X32Bit : number;
        bool legacyX32 = x32 && bare is >= 512 and <= 547;
        bool armPrivate = architecture == SeccompArchitecture.Arm && bare >= 0xF0000;
        return newest.TryGetValue(architecture, out int last) && last >= 0 && bare > last && !legacyX32 && !armPrivate;
    }

    private static Dictionary<SeccompArchitecture, int> Newest(LinuxSeccomp profile, SeccompArchitecture native)
    {
        if (profile.DefaultAction is "SCMP_ACT_ALLOW" or "SCMP_ACT_LOG" or "SCMP_ACT_TRACE")
        {
            return [];
        }

        int[] names = [.. (profile.Syscalls ?? []).SelectMany(r => r.Names!).Select(SyscallTable.Find).Where(i => i >= 0)];
        return Architectures.Where(a => a == native || (profile.Architectures ?? []).Contains(a.Name())).ToDictionary(a => a, a => names
            .Select(i => Math.Max(SyscallTable.Number(i, a), a == SeccompArchitecture.X86 ? Multiplexer(i) : -1))
            .Where(n => n < 0xF0000 && !(a == SeccompArchitecture.X32 && n >= 512)).DefaultIfEmpty(-1).Max());
    }

    // socketcall(2) and ipc(2) are known where a call is that goes through them.
    private static int Multiplexer(int name) => SyscallTable.X86Multiplexed(name) switch { 0 => -1, < 200 => 102, _ => 117 };
}
