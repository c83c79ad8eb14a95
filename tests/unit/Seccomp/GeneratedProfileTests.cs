using FsCheck;
using FsCheck.Fluent;
using OciSpec;
using Runtime.Linux;
using Runtime.Seccomp;

namespace Unit.Tests.Seccomp;

/// <summary>
/// Generated profiles, against libseccomp where it keeps to its own rules. Where a call has several rules of which one
/// says less-than or not-equal, libseccomp 2.5.4 takes decisions that none of the rules takes (a5 below 0x100000005 and
/// a5 below 0, both to the same action, leave out 5): those are held against the rules themselves.
/// </summary>
public class GeneratedProfileTests
{
    private static readonly string[] _equal = ["SCMP_CMP_EQ", "SCMP_CMP_MASKED_EQ"];

    [Fact]
    public void One_rule_a_call_with_any_conditions_decides_as_libseccomp() => AgainstLibSeccomp(80, ProfileGenerator.OneRuleACall());

    [Fact]
    public void Equality_on_several_arguments_and_several_actions_decides_as_libseccomp() =>
        AgainstLibSeccomp(60, ProfileGenerator.ManyRulesACall(_equal, 3, oneAction: false));

    /// <summary>
    /// For the first call libseccomp 2.5.4 takes the second rule: what compares a0 there comes, over the third rule, after a2
    /// has been loaded.
    /// </summary>
    [Theory]
    [InlineData(0xFFFFFFFF, 0x7FFFFFFE, 0u)]
    [InlineData(0xFFFFFFFF, 0x7FFFFFFF, 0x7FC00000u)]
    [InlineData(0xFFFFFFFE, 0x7FFFFFFF, 0x00030000u)]
    public void An_argument_is_compared_whatever_other_rules_have_compared_before(ulong a0, ulong a2, uint expected)
    {
        LinuxSyscall Rule(string action, string[] names, params LinuxSeccompArg[] args) => new() { Names = [.. names], Action = action, Args = [.. args] };
        LinuxSeccompArg Masked(ulong mask, ulong value) => new() { Index = 0, Op = "SCMP_CMP_MASKED_EQ", Value = mask, ValueTwo = value };
        var profile = new LinuxSeccomp
        {
            DefaultAction = "SCMP_ACT_KILL_THREAD",
            Architectures = ["SCMP_ARCH_ARM"],
            ListenerPath = "/run/agent.sock",
            Syscalls =
            [
                Rule("SCMP_ACT_NOTIFY", ["adjtimex"], Masked(0xFFFFFFFF, ulong.MaxValue - 1)),
                Rule("SCMP_ACT_TRAP", ["adjtimex", "accept4"], Masked(1, 16)),
                Rule("SCMP_ACT_NOTIFY", ["adjtimex", "accept4"], Masked(ulong.MaxValue, 0xFFFFFFFF), new LinuxSeccompArg { Index = 2, Op = "SCMP_CMP_EQ", Value = 0x7FFFFFFF }),
            ],
        };
        uint number = (uint)SyscallTable.Number(SyscallTable.Find("accept4"), SeccompArchitecture.Arm);
        var call = new SeccompCall(LibSeccompFilter.Token("SCMP_ARCH_ARM"), number, A0: a0, A2: a2);
        Assert.Equal(expected, BpfMachine.Run(SeccompCompiler.Compile(profile, SeccompArchitecture.X64).Program, call).Value);

        LibSeccomp.Require();
        Assert.Null(Oracle.Difference(profile, SeccompArchitecture.X64, LibSeccompFilter.Build(profile, "SCMP_ARCH_X86_64")!));
    }

    [Fact]
    public void Greater_than_with_several_actions_decides_as_libseccomp() =>
        AgainstLibSeccomp(60, ProfileGenerator.ManyRulesACall(["SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_EQ"], 1, oneAction: false));

    [Fact]
    public void Not_equal_with_one_action_decides_as_libseccomp() =>
        AgainstLibSeccomp(60, ProfileGenerator.ManyRulesACall([.. _equal, "SCMP_CMP_NE"], 1, oneAction: true));

    [Fact]
    public void Any_rules_decide_as_one_of_the_rules_that_match() =>
        Check(80, ProfileGenerator.ManyRulesACall(KnownValues.SeccompOperators, 4, oneAction: false), profile => ProfileModel.Fault(profile));

    [Fact]
    public void Any_rules_with_one_action_decide_as_the_rules_say() =>
        Check(80, ProfileGenerator.ManyRulesACall(KnownValues.SeccompOperators, 4, oneAction: true), profile => ProfileModel.Fault(profile));

    private static void AgainstLibSeccomp(int count, Arbitrary<LinuxSeccomp> profiles)
    {
        int refused = 0;
        Check(count, profiles, profile =>
        {
            foreach (SeccompArchitecture native in (SeccompArchitecture[])[SeccompArchitecture.X64, SeccompArchitecture.Arm64])
            {
                // Two rules that contradict each other; here the first in the profile wins.
                if (LibSeccompFilter.Build(profile, native.Name()) is not { } theirs)
                {
                    refused++;
                    return null;
                }

                if (Oracle.Difference(profile, native, theirs) is { } difference)
                {
                    return $"native {native}: {difference}";
                }
            }

            return null;
        });
        Assert.True(refused < count / 2, $"libseccomp refused {refused} of {count}");
    }

    private static void Check(int count, Arbitrary<LinuxSeccomp> profiles, Func<LinuxSeccomp, string?> fault)
    {
        LibSeccomp.Require();
        Prop.ForAll(profiles, profile => fault(profile) is { } text
                ? false.Label($"{text}\n{ProfileGenerator.Describe(profile)}")
                : true.ToProperty())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(count).WithQuietOnSuccess(true));
    }
}
