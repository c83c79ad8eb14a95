using System.Text;
using Runtime.Seccomp;

namespace Unit.Tests.Seccomp;

public class SyscallTableTests
{
    // Names that a version of libseccomp that Debian has does not know for an architecture that has them, or knows by another name.
    private static readonly (string Name, SeccompArchitecture Architecture)[] _knownDifferences =
        [("sync_file_range2", SeccompArchitecture.Arm), ("map_shadow_stack", SeccompArchitecture.X32)];

    [Fact]
    public void Every_name_is_found_and_no_other()
    {
        for (int i = 0; i < SyscallTable.Count; i++)
        {
            string name = Encoding.UTF8.GetString(SyscallTable.Name(i));
            Assert.Equal(i, SyscallTable.Find(name));
            Assert.Equal(-1, SyscallTable.Find(name + "\u0100"));
            Assert.Equal(-1, SyscallTable.Find(name.ToUpperInvariant() + "?"));
        }

        Assert.Equal(-1, SyscallTable.Find(""));
        Assert.Equal(-1, SyscallTable.Find("\u0172ead"));
    }

    [Theory]
    [InlineData("read", 0, 3, 0, 63, 3)]
    [InlineData("openat2", 437, 437, 437, 437, 437)]
    [InlineData("execve", 59, 11, 520, 221, 11)]
    [InlineData("clock_gettime64", -1, 403, -1, -1, 403)]
    [InlineData("fchmodat2", 452, 452, 452, 452, 452)]
    [InlineData("mseal", 462, 462, 462, 462, 462)]
    [InlineData("file_setattr", 469, 469, 469, 469, 469)]
    [InlineData("uretprobe", 335, -1, -1, -1, -1)]
    [InlineData("set_tls", -1, -1, -1, -1, 0xF0005)]
    public void Numbers_are_the_kernels(string name, int x64, int x86, int x32, int arm64, int arm)
    {
        int index = SyscallTable.Find(name);
        int[] expected = [x64, x86, x32, arm64, arm];
        Assert.Equal(expected, Oracle.Architectures.Select(a => SyscallTable.Number(index, a)));
    }

    [Fact]
    public void Numbers_are_libseccomps_where_it_knows_the_name()
    {
        LibSeccomp.Require();
        int compared = 0;
        for (int i = 0; i < SyscallTable.Count; i++)
        {
            string name = Encoding.UTF8.GetString(SyscallTable.Name(i));
            foreach (SeccompArchitecture architecture in Oracle.Architectures)
            {
                int theirs = LibSeccomp.seccomp_syscall_resolve_name_arch(LibSeccompFilter.Token(architecture.Name()), name);
                if (theirs == LibSeccomp.Unknown || _knownDifferences.Contains((name, architecture)))
                {
                    continue;
                }

                compared++;
                int number = SyscallTable.Number(i, architecture);
                int multiplexed = SyscallTable.X86Multiplexed(i);
                int ours = architecture == SeccompArchitecture.X86 && multiplexed != 0 ? -multiplexed
                    : number == SyscallTable.Absent ? number
                    : architecture == SeccompArchitecture.X32 ? number | 0x40000000 : number;
                // Below -1 is a name that libseccomp has no number for there.
                Assert.True(theirs == ours || (theirs < -1 && ours == -1), $"{name} on {architecture}: {ours}, libseccomp {theirs}");
            }
        }

        Assert.True(compared > 2000, $"{compared} compared");
    }
}
