using OciSpec;
using Runtime.Linux;
using Runtime.Seccomp;
using static Runtime.Linux.Abi;

namespace Unit.Tests.Seccomp;

/// <summary>Filters in the kernel itself: on a thread of its own, which they end with.</summary>
public class KernelTests
{
    private const ulong Refused = 0x5ECC0000;

    [Fact]
    public void The_kernel_takes_the_filter_and_decides_as_it_says()
    {
        var profile = new LinuxSeccomp
        {
            DefaultAction = "SCMP_ACT_ALLOW",
            Architectures = ["SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_ARM"],
            Syscalls = [new() { Names = ["personality"], Action = "SCMP_ACT_ERRNO", ErrnoRet = 77, Args = [new() { Index = 0, Op = "SCMP_CMP_GE", Value = Refused }, new() { Index = 1, Op = "SCMP_CMP_MASKED_EQ", Value = 0xF0, ValueTwo = 0x10 }] }],
        };
        (nint loaded, nint matching, nint other) = OnThread(profile, () => (
            Sys.Raw(Personality, unchecked((nint)(Refused + 5)), 0x1F),
            Sys.Raw(Personality, unchecked((nint)0xFFFFFFFFUL), 0x2F)));
        Assert.Equal(0, loaded);
        Assert.Equal(-77, matching);
        Assert.True(other >= 0, $"personality(0xffffffff): {other}");
    }

    [Theory]
    [InlineData("SCMP_ACT_KILL")]
    [InlineData("SCMP_ACT_KILL_PROCESS")]
    [InlineData("SCMP_ACT_TRAP")]
    [InlineData("SCMP_ACT_TRACE")]
    [InlineData("SCMP_ACT_LOG")]
    [InlineData("SCMP_ACT_NOTIFY")]
    public void The_kernel_takes_every_action_with_its_flags(string action)
    {
        var profile = new LinuxSeccomp
        {
            DefaultAction = "SCMP_ACT_ALLOW",
            ListenerPath = "/agent",
            Flags = ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"],
            Syscalls = [new() { Names = ["swapon"], Action = action }],
        };
        (nint loaded, _, _) = OnThread(profile, () => (0, 0));
        if (action == "SCMP_ACT_NOTIFY")
        {
            Assert.True(loaded > 0, $"seccomp: {loaded}");
            Sys.Close((int)loaded);
            return;
        }

        Assert.Equal(0, loaded);
    }

    private static int Personality => SyscallTable.Number(SyscallTable.Find("personality"), SeccompArchitectures.Native);

    private static (nint Loaded, nint First, nint Second) OnThread(LinuxSeccomp profile, Func<(nint First, nint Second)> calls)
    {
        CompiledSeccomp compiled = SeccompCompiler.Compile(profile, SeccompArchitectures.Native);
        (nint Loaded, nint First, nint Second) result = default;
        var thread = new Thread(() =>
        {
            nint loaded = Load(compiled);
            (nint first, nint second) = loaded < 0 ? (0, 0) : calls();
            result = (loaded, first, second);
        });
        thread.Start();
        thread.Join();
        return result;
    }

    private static unsafe nint Load(CompiledSeccomp compiled)
    {
        Sys.Raw(SyscallNumber.prctl, PR_SET_NO_NEW_PRIVS, 1);
        // SAFETY: the program is pinned while the kernel copies it.
        fixed (sock_filter* filter = compiled.Program)
        {
            var program = new sock_fprog { len = (ushort)compiled.Program.Length, filter = (nint)filter };
            return Sys.Raw(SyscallNumber.seccomp, SECCOMP_SET_MODE_FILTER, (nint)compiled.Flags, (nint)(&program));
        }
    }
}
