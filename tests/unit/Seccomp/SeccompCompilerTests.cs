using OciSpec;
using Runtime.Linux;
using Runtime.Seccomp;
using static Runtime.Linux.Abi;

namespace Unit.Tests.Seccomp;

public class SeccompCompilerTests
{
    private const uint X64 = 0xC000003E;
    private const uint Enosys = SECCOMP_RET_ERRNO | 38;

    [Theory]
    [InlineData("SCMP_ACT_KILL", null, SECCOMP_RET_KILL_THREAD)]
    [InlineData("SCMP_ACT_KILL_THREAD", null, SECCOMP_RET_KILL_THREAD)]
    [InlineData("SCMP_ACT_KILL_PROCESS", null, SECCOMP_RET_KILL_PROCESS)]
    [InlineData("SCMP_ACT_TRAP", null, SECCOMP_RET_TRAP)]
    [InlineData("SCMP_ACT_ERRNO", null, SECCOMP_RET_ERRNO | 1)]
    [InlineData("SCMP_ACT_ERRNO", 0u, SECCOMP_RET_ERRNO)]
    [InlineData("SCMP_ACT_ERRNO", 4095u, SECCOMP_RET_ERRNO | 4095)]
    [InlineData("SCMP_ACT_TRACE", null, SECCOMP_RET_TRACE | 1)]
    [InlineData("SCMP_ACT_TRACE", 65535u, SECCOMP_RET_TRACE | 65535)]
    [InlineData("SCMP_ACT_ALLOW", null, SECCOMP_RET_ALLOW)]
    [InlineData("SCMP_ACT_LOG", null, SECCOMP_RET_LOG)]
    [InlineData("SCMP_ACT_NOTIFY", null, SECCOMP_RET_USER_NOTIF)]
    public void An_action_is_what_the_filter_returns(string action, uint? errno, uint expected)
    {
        LinuxSeccomp profile = Profile(action == "SCMP_ACT_ALLOW" ? "SCMP_ACT_TRAP" : "SCMP_ACT_ALLOW", new LinuxSyscall { Names = ["read"], Action = action, ErrnoRet = errno });
        profile.ListenerPath = "/agent";
        Assert.Equal(expected, Decide(profile, "read"));

        LinuxSeccomp byDefault = Profile(action);
        byDefault.DefaultErrnoRet = errno;
        byDefault.ListenerPath = "/agent";
        Assert.Equal(expected, Decide(byDefault, "read"));
    }

    [Theory]
    [InlineData("SCMP_ACT_ERRNO", Enosys)]
    [InlineData("SCMP_ACT_KILL_PROCESS", Enosys)]
    [InlineData("SCMP_ACT_TRAP", Enosys)]
    [InlineData("SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW)]
    [InlineData("SCMP_ACT_LOG", SECCOMP_RET_LOG)]
    [InlineData("SCMP_ACT_TRACE", SECCOMP_RET_TRACE | 1)]
    public void A_call_newer_than_the_profile_does_not_exist_unless_the_default_lets_it_happen(string action, uint expected)
    {
        LinuxSeccomp profile = Profile(action, Rule("SCMP_ACT_LOG", "faccessat2"), Rule(action, "read"));
        sock_filter[] program = SeccompCompiler.Compile(profile, SeccompArchitecture.X64).Program;
        Assert.Equal(expected, BpfMachine.Run(program, new SeccompCall(X64, 440)).Value);
        Assert.Equal(expected, BpfMachine.Run(program, new SeccompCall(X64, 0x3FFFFFFF)).Value);
        Assert.NotEqual(Enosys, BpfMachine.Run(program, new SeccompCall(X64, 438)).Value);
    }

    [Fact]
    public void What_is_newer_is_measured_for_each_architecture()
    {
        LinuxSeccomp profile = Profile("SCMP_ACT_ERRNO", Rule("SCMP_ACT_ALLOW", "clock_gettime64"), Rule("SCMP_ACT_ALLOW", "read"));
        profile.Architectures = ["SCMP_ARCH_X86"];
        sock_filter[] program = SeccompCompiler.Compile(profile, SeccompArchitecture.X64).Program;
        Assert.Equal(SECCOMP_RET_ERRNO | 1, BpfMachine.Run(program, new SeccompCall(0x40000003, 402)).Value);
        Assert.Equal(Enosys, BpfMachine.Run(program, new SeccompCall(0x40000003, 404)).Value);
        Assert.Equal(Enosys, BpfMachine.Run(program, new SeccompCall(X64, 1)).Value);
    }

    [Fact]
    public void Calls_that_libseccomp_is_too_old_for_have_rules()
    {
        LinuxSeccomp profile = Profile("SCMP_ACT_ERRNO", Rule("SCMP_ACT_ALLOW", "fchmodat2", "mseal", "file_setattr"));
        Assert.Equal(SECCOMP_RET_ALLOW, Decide(profile, "fchmodat2"));
        Assert.Equal(SECCOMP_RET_ALLOW, Decide(profile, "mseal"));
        Assert.Equal(SECCOMP_RET_ALLOW, Decide(profile, "file_setattr"));
    }

    [Fact]
    public void Unknown_calls_and_foreign_architectures_are_skipped_and_told()
    {
        LinuxSeccomp profile = Profile("SCMP_ACT_ERRNO", Rule("SCMP_ACT_ALLOW", "read", "no_such_call"));
        profile.Architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_S390X"];
        CompiledSeccomp compiled = SeccompCompiler.Compile(profile, SeccompArchitecture.X64);
        Assert.Equal(["SCMP_ARCH_S390X", "no_such_call"], compiled.Skipped);
        Assert.Equal(SECCOMP_RET_ALLOW, BpfMachine.Run(compiled.Program, new SeccompCall(X64, 0)).Value);
        Assert.Empty(SeccompCompiler.Compile(Profile("SCMP_ACT_LOG", Rule("SCMP_ACT_ALLOW", "read")), SeccompArchitecture.X64).Skipped);
    }

    [Fact]
    public void Naming_an_argument_twice_makes_the_conditions_alternatives()
    {
        LinuxSyscall rule = Rule("SCMP_ACT_ALLOW", "personality");
        rule.Args = [Arg(0, "SCMP_CMP_EQ", 1), Arg(0, "SCMP_CMP_EQ", 2)];
        sock_filter[] program = SeccompCompiler.Compile(Profile("SCMP_ACT_ERRNO", rule), SeccompArchitecture.X64).Program;
        Assert.Equal(
            [SECCOMP_RET_ALLOW, SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | 1],
            ((ulong[])[1, 2, 3]).Select(v => BpfMachine.Run(program, new SeccompCall(X64, 135, v)).Value));
    }

    [Fact]
    public void Of_rules_with_the_same_conditions_the_first_holds()
    {
        LinuxSyscall first = Rule("SCMP_ACT_LOG", "personality"), second = Rule("SCMP_ACT_TRAP", "personality");
        first.Args = [Arg(0, "SCMP_CMP_EQ", 1)];
        second.Args = [Arg(0, "SCMP_CMP_EQ", 1)];
        sock_filter[] program = SeccompCompiler.Compile(Profile("SCMP_ACT_ERRNO", first, second), SeccompArchitecture.X64).Program;
        Assert.Equal(SECCOMP_RET_LOG, BpfMachine.Run(program, new SeccompCall(X64, 135, 1)).Value);
    }

    [Fact]
    public void A_call_of_32_bit_x86_is_found_behind_its_multiplexer()
    {
        LinuxSeccomp profile = Profile("SCMP_ACT_ERRNO", Rule("SCMP_ACT_ALLOW", "accept", "semop", "socket"));
        profile.Architectures = ["SCMP_ARCH_X86"];
        sock_filter[] program = SeccompCompiler.Compile(profile, SeccompArchitecture.X64).Program;
        Assert.Equal(SECCOMP_RET_ALLOW, BpfMachine.Run(program, new SeccompCall(0x40000003, 102, 5)).Value);
        Assert.Equal(SECCOMP_RET_ALLOW, BpfMachine.Run(program, new SeccompCall(0x40000003, 117, 1)).Value);
        Assert.Equal(SECCOMP_RET_ALLOW, BpfMachine.Run(program, new SeccompCall(0x40000003, 359)).Value);
        Assert.Equal(SECCOMP_RET_ERRNO | 1, BpfMachine.Run(program, new SeccompCall(0x40000003, 102, 4)).Value);
    }

    [Fact]
    public void Jumps_further_than_255_instructions_arrive()
    {
        LinuxSyscall[] rules = [.. Enumerable.Range(0, 150).Select(i => new LinuxSyscall
        {
            Names = [i % 2 == 0 ? "personality" : "prctl", "openat2"],
            Action = "SCMP_ACT_ERRNO",
            ErrnoRet = (uint)(i + 2),
            Args = [Arg(0, "SCMP_CMP_EQ", (ulong)i), Arg(1, "SCMP_CMP_GT", 7UL << 32)],
        })];
        sock_filter[] program = SeccompCompiler.Compile(Profile("SCMP_ACT_KILL_PROCESS", rules), SeccompArchitecture.X64).Program;
        BpfMachine.Verify(program);
        for (uint i = 0; i < 150; i++)
        {
            uint expected = SECCOMP_RET_ERRNO | (i + 2);
            Assert.Equal(expected, BpfMachine.Run(program, new SeccompCall(X64, i % 2 == 0 ? 135u : 157u, i, 8UL << 32)).Value);
            Assert.Equal(expected, BpfMachine.Run(program, new SeccompCall(X64, 437, i, 8UL << 32)).Value);
            Assert.Equal(SECCOMP_RET_KILL_PROCESS, BpfMachine.Run(program, new SeccompCall(X64, 437, i, 7UL << 32)).Value);
        }
    }

    [Fact]
    public void A_filter_longer_than_a_kernel_takes_is_an_error()
    {
        LinuxSyscall[] rules = [.. Enumerable.Range(0, 2100).Select(i => new LinuxSyscall { Names = ["read"], Action = "SCMP_ACT_ALLOW", Args = [Arg((uint)i % 6, "SCMP_CMP_EQ", (ulong)i)] })];
        var error = Assert.Throws<ConfigException>(() => SeccompCompiler.Compile(Profile("SCMP_ACT_ERRNO", rules), SeccompArchitecture.X64));
        Assert.Equal("/linux/seccomp/syscalls: compile the filter: it has more than 4096 instructions, the most that a kernel takes", error.Message);
    }

    [Fact]
    public void Flags_are_the_kernels_and_absent_ones_do_not_slow_the_guest_down()
    {
        LinuxSeccomp profile = Profile("SCMP_ACT_ALLOW");
        Assert.Equal((uint)SECCOMP_FILTER_FLAG_SPEC_ALLOW, Compile(profile).Flags);
        profile.Flags = [];
        Assert.Equal(0u, Compile(profile).Flags);
        profile.Flags = ["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"];
        Assert.Equal((7u, false), (Compile(profile).Flags, Compile(profile).NeedsListener));

        profile.Syscalls = [Rule("SCMP_ACT_NOTIFY", "mount")];
        profile.ListenerPath = "/agent";
        Assert.Equal((7u | 8 | 16 | 32, true), (Compile(profile).Flags, Compile(profile).NeedsListener));
    }

    public static TheoryData<string, Action<LinuxSeccomp>> Mistakes => new()
    {
        { "/linux/seccomp/defaultAction: no seccomp action is given", p => p.DefaultAction = null },
        { "/linux/seccomp/defaultAction: no such seccomp action as SCMP_ACT_MAYBE: ", p => p.DefaultAction = "SCMP_ACT_MAYBE" },
        { "/linux/seccomp/defaultErrnoRet: SCMP_ACT_KILL carries no errno: ", p => (p.DefaultAction, p.DefaultErrnoRet) = ("SCMP_ACT_KILL", 1) },
        { "/linux/seccomp/defaultErrnoRet: 4096 is above 4095, the most that SCMP_ACT_ERRNO carries", p => p.DefaultErrnoRet = 4096 },
        { "/linux/seccomp/architectures/1: no such seccomp architecture as Z80", p => p.Architectures = ["SCMP_ARCH_X86", "Z80"] },
        { "/linux/seccomp/flags/0: no such seccomp flag as FAST: ", p => p.Flags = ["FAST"] },
        { "/linux/seccomp/listenerPath: SCMP_ACT_NOTIFY needs the socket of an agent", p => p.Syscalls![1].Action = "SCMP_ACT_NOTIFY" },
        { "/linux/seccomp/listenerMetadata: metadata for an agent needs a listenerPath", p => p.ListenerMetadata = "x" },
        { "/linux/seccomp/syscalls/1/action: no seccomp action is given", p => p.Syscalls![1].Action = null },
        { "/linux/seccomp/syscalls/1/errnoRet: SCMP_ACT_LOG carries no errno: ", p => p.Syscalls![1].ErrnoRet = 1 },
        { "/linux/seccomp/syscalls/1/names: a rule names at least one system call", p => p.Syscalls![1].Names = [] },
        { "/linux/seccomp/syscalls/1/args/0/index: a system call's arguments are 0 to 5", p => p.Syscalls![1].Args = [Arg(6, "SCMP_CMP_EQ", 0)] },
        { "/linux/seccomp/syscalls/1/args/1/op: no such operator as ==: ", p => p.Syscalls![1].Args = [Arg(0, "SCMP_CMP_EQ", 0), Arg(1, "==", 0)] },
        { "/linux/seccomp/syscalls/1/args/0/op: no operator is given", p => p.Syscalls![1].Args = [new()] },
        { "/linux/seccomp/syscalls/1/args/0/value: no value is given to compare with", p => p.Syscalls![1].Args = [new() { Index = 0, Op = "SCMP_CMP_EQ" }] },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_told_with_its_place(string message, Action<LinuxSeccomp> mistake)
    {
        LinuxSeccomp profile = Profile("SCMP_ACT_ERRNO", Rule("SCMP_ACT_ALLOW", "read"), Rule("SCMP_ACT_LOG", "write"));
        mistake(profile);
        Assert.StartsWith(message, Assert.Throws<ConfigException>(() => Compile(profile)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_word_of_the_specification_is_known_or_another_machines()
    {
        Assert.All(KnownValues.SeccompActions, a => SeccompNames.Action(-1, a, null));
        Assert.All(KnownValues.SeccompOperators, o => Assert.True(SeccompNames.TryOperator(o, out _)));
        Assert.All(KnownValues.SeccompFlags, f => Assert.NotEqual(0u, SeccompNames.Flag(f)));
        Assert.Equal(SeccompArchitectures.Count, KnownValues.SeccompArchitectures.Count(a => SeccompArchitectures.TryParse(a, out _)));
    }

    private static CompiledSeccomp Compile(LinuxSeccomp profile) => SeccompCompiler.Compile(profile, SeccompArchitecture.X64);

    private static uint Decide(LinuxSeccomp profile, string name) => BpfMachine.Run(
        Compile(profile).Program, new SeccompCall(X64, (uint)SyscallTable.Number(SyscallTable.Find(name), SeccompArchitecture.X64))).Value;

    private static LinuxSeccomp Profile(string action, params LinuxSyscall[] rules) => new() { DefaultAction = action, Syscalls = [.. rules] };

    private static LinuxSyscall Rule(string action, params string[] names) => new() { Names = [.. names], Action = action };

    private static LinuxSeccompArg Arg(uint index, string op, ulong value) => new() { Index = index, Op = op, Value = value };
}
