using CctlImages.Network;
using Runtime.Linux;
using Runtime.Seccomp;
using Unit.Tests.Seccomp;

namespace Unit.Tests.Images.Network;

/// <summary>What the network process's filter allows, by an interpreter that knows nothing of it.</summary>
public sealed class ConfinementFilterTests
{
    private const int Pid = 4711;
    private const uint Allow = 0x7FFF0000;
    private const uint Kill = 0x80000000;

    public static TheoryData<bool> Architectures => [true, false];

    [Theory]
    [MemberData(nameof(Architectures))]
    public void The_kernel_takes_it(bool x64) => BpfMachine.Verify(ConfinementFilter.Build(Pid, x64));

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Calls_are_refused_by_their_own_numbers(bool x64)
    {
        SeccompArchitecture architecture = x64 ? SeccompArchitecture.X64 : SeccompArchitecture.Arm64;
        foreach (DeniedCall call in DeniedCalls.All)
        {
            int index = SyscallTable.Find(call.Name);
            Assert.True(index >= 0, $"{call.Name} is no system call");
            int number = SyscallTable.Number(index, architecture);
            Assert.True(number == (x64 ? call.X64 : call.Arm64), $"{call.Name} is {number}, not {(x64 ? call.X64 : call.Arm64)}");
            if (number >= 0)
            {
                Assert.Equal(Error(Errno.EPERM), Run(x64, number));
            }
        }
    }

    [Theory]
    [InlineData("read", true)]
    [InlineData("sendmmsg", true)]
    [InlineData("recvmsg", true)]
    [InlineData("connect", true)]
    [InlineData("getsockopt", true)]
    [InlineData("epoll_ctl", true)]
    [InlineData("futex", true)]
    [InlineData("mmap", true)]
    [InlineData("mprotect", true)]
    [InlineData("close_range", true)]
    [InlineData("clone3", false)]
    [InlineData("openat2", false)]
    [InlineData("io_uring_setup", false)]
    [InlineData("open_tree", false)]
    [InlineData("fsopen", false)]
    [InlineData("mount_setattr", false)]
    [InlineData("pidfd_getfd", false)]
    [InlineData("memfd_secret", false)]
    public void What_is_needed_is_allowed_and_what_came_later_is_not(string name, bool allowed)
    {
        Assert.Equal(allowed ? Allow : Error(Errno.ENOSYS), Run(true, SyscallTable.Number(SyscallTable.Find(name), SeccompArchitecture.X64)));
        Assert.Equal(allowed ? Allow : Error(Errno.ENOSYS), Run(false, SyscallTable.Number(SyscallTable.Find(name), SeccompArchitecture.Arm64)));
    }

    [Fact]
    public void Files_are_opened_for_reading_only()
    {
        const int OpenAt = 257;
        Assert.Equal(Allow, Run(true, OpenAt, 0, 0, (ulong)(Abi.O_RDONLY | Abi.O_CLOEXEC | Abi.O_DIRECTORY)));
        foreach (int flag in new[] { Abi.O_WRONLY, Abi.O_RDWR, Abi.O_CREAT, Abi.O_TRUNC, 0x400000 /* O_TMPFILE */ })
        {
            Assert.Equal(Error(Errno.EROFS), Run(true, OpenAt, 0, 0, (ulong)flag));
        }

        Assert.Equal(Error(Errno.EROFS), Run(true, 2, 0, Abi.O_RDWR));
    }

    [Fact]
    public void Threads_are_made_and_no_processes_or_namespaces()
    {
        const int Clone = 56;
        const ulong Thread = 0x3d0f00; // what pthread_create(3) passes
        Assert.Equal(Allow, Run(true, Clone, Thread));
        Assert.Equal(Error(Errno.EPERM), Run(true, Clone, 17));
        foreach (ulong space in new[] { Abi.CLONE_NEWNS, Abi.CLONE_NEWCGROUP, Abi.CLONE_NEWUTS, Abi.CLONE_NEWIPC, Abi.CLONE_NEWUSER, Abi.CLONE_NEWPID, Abi.CLONE_NEWNET }.Select(n => (ulong)n))
        {
            Assert.Equal(Error(Errno.EPERM), Run(true, Clone, Thread | space));
        }
    }

    [Fact]
    public void Signals_go_to_its_own_threads()
    {
        Assert.Equal(Allow, Run(true, 234, Pid));
        Assert.Equal(Error(Errno.EPERM), Run(true, 234, 1));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(10, true)]
    [InlineData(16, true)]
    [InlineData(17, false)]
    [InlineData(38, false)]
    [InlineData(40, false)]
    public void Sockets_are_of_the_internet_of_unix_and_of_netlink(int family, bool allowed) =>
        Assert.Equal(allowed ? Allow : Error(Errno.EAFNOSUPPORT), Run(true, 41, (ulong)family));

    [Fact]
    public void Its_parents_death_and_its_being_hidden_stay_as_they_are()
    {
        Assert.Equal(Error(Errno.EINVAL), Run(true, 157, Abi.PR_SET_PDEATHSIG));
        Assert.Equal(Error(Errno.EINVAL), Run(true, 157, Abi.PR_SET_DUMPABLE, 1));
        Assert.Equal(Allow, Run(true, 157, 15));
    }

    [Fact]
    public void Another_architecture_is_the_end()
    {
        Assert.Equal(Kill, BpfMachine.Run(ConfinementFilter.Build(Pid, true), new SeccompCall(0x40000003, 4)).Value);
        Assert.Equal(Error(Errno.ENOSYS), Run(true, 0x40000000 | 520));
    }

    private static uint Error(Errno errno) => 0x00050000 | (uint)errno;

    private static uint Run(bool x64, int number, ulong a0 = 0, ulong a1 = 0, ulong a2 = 0) =>
        BpfMachine.Run(ConfinementFilter.Build(Pid, x64), new SeccompCall(x64 ? 0xC000003E : 0xC00000B7, (uint)number, a0, a1, a2)).Value;
}
