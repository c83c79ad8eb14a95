using System.Runtime.InteropServices;
using Integration.Tests.Harness;
using OciSpec;
using Runtime.Linux;
using Unit.Tests.Seccomp;

namespace Integration.Tests.Seccomp;

/// <summary>Profiles in guests (config-linux.md, seccomp).</summary>
public sealed class SeccompTests
{
    private const int EDQUOT = 122;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_guest_gets_the_errno_of_the_rule_and_everything_else_works(bool noNewPrivileges)
    {
        using var cctl = new Cctl();
        using Bundle bundle = Bundle.Script("grep Seccomp: /proc/self/status; mkdir /tmp/x; echo $?");
        Use(bundle, MakeDirectory("SCMP_ACT_ERRNO", EDQUOT));
        bundle.With(c => c.Process!.NoNewPrivileges = noNewPrivileges);
        CommandResult result = cctl.RunBundle(bundle).MustSucceed();
        Assert.Equal(["Seccomp:\t2", "1"], result.Lines);
        Assert.Contains("quota", result.Stderr, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("SCMP_ACT_KILL_PROCESS")]
    [InlineData("SCMP_ACT_KILL_THREAD")]
    [InlineData("SCMP_ACT_TRAP")]
    public void A_call_that_kills_ends_its_process_with_SIGSYS_and_leaves_the_guest(string action)
    {
        using var cctl = new Cctl();
        using Bundle bundle = Bundle.Script("mkdir /tmp/x; echo $?");
        Use(bundle, MakeDirectory(action, null));
        Assert.Equal("159", cctl.RunBundle(bundle).MustSucceed().Text);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_guest_works_under_the_profile_that_podman_gives_it(bool noNewPrivileges)
    {
        ContainersProfile.Require();
        using var cctl = new Cctl();
        using Bundle bundle = Bundle.Script("grep Seccomp: /proc/self/status; ls / | wc -l; (sleep 0.1; echo late) & wait; unshare -m true 2>/dev/null || echo refused");
        string machine = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? "amd64" : "arm64";
        bundle.With(c => (c.Linux!.Seccomp, c.Process!.NoNewPrivileges) = (ContainersProfile.Resolve(machine, ContainersProfile.DefaultCapabilities), noNewPrivileges));
        Assert.Equal(["Seccomp:\t2", $"{Directory.GetFileSystemEntries(bundle.Rootfs).Length}", "late", "refused"], cctl.RunBundle(bundle).MustSucceed().Lines);
    }

    [Fact]
    public void An_argument_decides()
    {
        using var cctl = new Cctl();
        using Bundle bundle = Bundle.Script("kill -0 $$ && echo allowed; kill -CONT $$ || echo refused");
        Use(bundle, new() { Names = ["kill"], Action = "SCMP_ACT_ERRNO", Args = [new() { Index = 1, Op = "SCMP_CMP_GE", Value = 18 }] });
        Assert.Equal(["allowed", "refused"], cctl.RunBundle(bundle).MustSucceed().Lines);
    }

    [Fact]
    public void A_process_that_enters_later_has_the_filter_too()
    {
        using var cctl = new Cctl();
        using Bundle bundle = Bundle.Script("sleep 600");
        Use(bundle, MakeDirectory("SCMP_ACT_ERRNO", EDQUOT));
        string id = Cctl.NewId();
        cctl.Run("run", "--detach", "--bundle", bundle.Path, id).MustSucceed();
        Assert.Equal("Seccomp:\t2\n1", cctl.Run("exec", id, "sh", "-c", "grep Seccomp: /proc/self/status; mkdir /tmp/x; echo $?").MustSucceed().Text);
    }

    [Fact]
    public async Task An_agent_answers_for_the_kernel()
    {
        using var cctl = new Cctl();
        using Bundle bundle = Bundle.Script("mkdir /tmp/x; echo $?; sleep 600");
        using var agent = new Agent(bundle["agent.sock"]);
        Use(bundle, MakeDirectory("SCMP_ACT_NOTIFY", null), bundle["agent.sock"]);
        Task<(ContainerProcessState State, int Call)> served = agent.Serve(EDQUOT, Place.Deadline(20));
        string id = Cctl.NewId();
        using RunningCommand guest = cctl.Command("run", "--bundle", bundle.Path, id).Start();
        (ContainerProcessState state, int call) = await served;

        Assert.Contains(call, MakeDirectoryNumbers());
        guest.WaitForOutput("1\n", Place.Deadline(20));
        Assert.Contains("quota", guest.Stderr, StringComparison.OrdinalIgnoreCase);
        Assert.Equal((id, "creating", "for the agent"), (state.State!.Id, state.State.Status, state.Metadata));
        Assert.Equal(["seccompFd"], state.Fds);
        Assert.Equal(state.State.Pid, state.Pid);
        Assert.True(state.Pid > 1);
    }

    [Fact]
    public async Task A_process_that_enters_later_has_its_own_listener()
    {
        using var cctl = new Cctl();
        using Bundle bundle = Bundle.Script("sleep 600");
        using var agent = new Agent(bundle["agent.sock"]);
        Use(bundle, MakeDirectory("SCMP_ACT_NOTIFY", null), bundle["agent.sock"]);
        // The first listener is for the guest's first process, which makes no directory.
        string id = Cctl.NewId();
        Task<Fd> first = agent.Take(Place.Deadline(20));
        cctl.Run("run", "--detach", "--bundle", bundle.Path, id).MustSucceed();
        using Fd listener = await first;

        Task<(ContainerProcessState State, int Call)> second = agent.Serve(EDQUOT, Place.Deadline(20));
        Assert.Equal("1", cctl.Run("exec", id, "sh", "-c", "mkdir /tmp/x; echo $?").MustSucceed().Text);
        (ContainerProcessState state, int call) = await second;
        Assert.Contains(call, MakeDirectoryNumbers());
        Assert.Equal((id, "running"), (state.State!.Id, state.State.Status));
        Assert.NotEqual(state.State.Pid, state.Pid);
    }

    [Fact]
    public async Task An_agent_may_answer_for_the_calls_of_the_launch_itself()
    {
        using var cctl = new Cctl();
        using Bundle bundle = Bundle.Script("echo x; sleep 600");
        using var agent = new Agent(bundle["agent.sock"]);
        Use(bundle, new() { Names = ["write"], Action = "SCMP_ACT_NOTIFY" }, bundle["agent.sock"]);
        Task<(ContainerProcessState State, int Call)> served = agent.Serve(EDQUOT, Place.Deadline(20));
        using RunningCommand guest = cctl.Command("run", "--bundle", bundle.Path, Cctl.NewId()).Start();
        Assert.Equal(RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 1 : 64, (await served).Call);
    }

    [Fact]
    public void What_would_wait_for_an_agent_that_is_not_there_yet_is_refused()
    {
        using var cctl = new Cctl();
        using Bundle bundle = Bundle.Script("echo started");
        using var agent = new Agent(bundle["agent.sock"]);
        bundle.With(c => c.Linux!.Seccomp = new()
        {
            DefaultAction = "SCMP_ACT_NOTIFY",
            Syscalls = [new() { Names = ["read"], Action = "SCMP_ACT_ALLOW" }],
            ListenerPath = bundle["agent.sock"],
        });
        CommandResult result = cctl.RunBundle(bundle).MustExit(1);
        Assert.Contains("/linux/seccomp/defaultAction: SCMP_ACT_NOTIFY cannot be the default", result.Stderr, StringComparison.Ordinal);
        Assert.Empty(result.Stdout);
    }

    [Fact]
    public void Without_an_agent_nothing_starts()
    {
        using var cctl = new Cctl();
        using Bundle bundle = Bundle.Script("echo started");
        Use(bundle, MakeDirectory("SCMP_ACT_NOTIFY", null), bundle["agent.sock"]);
        CommandResult result = cctl.RunBundle(bundle).MustExit(1);
        Assert.Contains("/linux/seccomp/listenerPath: open the agent's socket", result.Stderr, StringComparison.Ordinal);
        Assert.Equal("", result.Stdout);
    }

    private static int[] MakeDirectoryNumbers() =>
        RuntimeInformation.ProcessArchitecture == Architecture.X64 ? [83, 258] : [34];

    private static LinuxSyscall MakeDirectory(string action, uint? errno) => new() { Names = ["mkdir", "mkdirat"], Action = action, ErrnoRet = errno };

    private static void Use(Bundle bundle, LinuxSyscall rule, string? agent = null) => bundle.With(c => c.Linux!.Seccomp = new()
    {
        DefaultAction = "SCMP_ACT_ALLOW",
        Syscalls = [rule],
        ListenerPath = agent,
        ListenerMetadata = agent == null ? null : "for the agent",
    });
}
