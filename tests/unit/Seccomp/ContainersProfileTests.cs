using OciSpec;
using Runtime.Linux;
using Runtime.Seccomp;

namespace Unit.Tests.Seccomp;

public class ContainersProfileTests
{
    public static TheoryData<string, bool> Cases => new()
    {
        { "amd64", false }, { "amd64", true }, { "arm64", false }, { "arm64", true },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_call_gets_the_decision_that_libseccomp_takes(string machine, bool allCapabilities)
    {
        (LinuxSeccomp profile, SeccompArchitecture native) = Profile(machine, allCapabilities);
        Assert.Null(Oracle.Difference(profile, native, LibSeccompFilter.Build(profile, native.Name())!));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_call_costs_no_more_instructions_than_with_libseccomp(string machine, bool allCapabilities)
    {
        (LinuxSeccomp profile, SeccompArchitecture native) = Profile(machine, allCapabilities);
        Abi.sock_filter[] theirs = LibSeccompFilter.Build(profile, native.Name())!;
        Abi.sock_filter[] ours = SeccompCompiler.Compile(profile, native).Program;
        for (uint number = 0; number <= 450; number++)
        {
            var call = new SeccompCall(native.AuditArch(), number);
            SeccompVerdict our = BpfMachine.Run(ours, call), their = BpfMachine.Run(theirs, call);
            // What is always allowed the kernel decides without the filter.
            bool noted = our.Value == Abi.SECCOMP_RET_ALLOW && !our.ReadArguments;
            Assert.True(noted || our.Steps <= their.Steps, $"call {number}: {our.Steps} instructions, with libseccomp {their.Steps}");
            Assert.True(our.Steps < 20, $"call {number}: {our.Steps} instructions");
        }
    }

    [Fact]
    public void A_call_that_is_always_allowed_is_decided_without_its_arguments()
    {
        (LinuxSeccomp profile, SeccompArchitecture native) = Profile("amd64", allCapabilities: false);
        Abi.sock_filter[] program = SeccompCompiler.Compile(profile, native).Program;
        foreach (string name in (string[])["read", "openat", "futex", "clock_gettime", "mmap", "epoll_wait"])
        {
            uint number = (uint)SyscallTable.Number(SyscallTable.Find(name), native);
            SeccompVerdict verdict = BpfMachine.Run(program, new SeccompCall(native.AuditArch(), number));
            Assert.Equal((Abi.SECCOMP_RET_ALLOW, false), (verdict.Value, verdict.ReadArguments));
        }
    }

    private static (LinuxSeccomp Profile, SeccompArchitecture Native) Profile(string machine, bool allCapabilities)
    {
        LibSeccomp.Require();
        ContainersProfile.Require();
        string[] capabilities = allCapabilities ? ContainersProfile.AllCapabilities : ContainersProfile.DefaultCapabilities;
        return (ContainersProfile.Resolve(machine, capabilities), machine == "amd64" ? SeccompArchitecture.X64 : SeccompArchitecture.Arm64);
    }
}
