using Runtime.Namespaces.Resolution;
namespace Unit.Tests.Launch;

/// <summary>What a config asks for twice, or cannot have.</summary>
public sealed class GrantedTests
{
    [Fact]
    public void A_path_that_stands_twice_is_masked_once()
    {
        LaunchInputs inputs = Plans.Changed(c => c.Linux!.MaskedPaths = ["/proc/kcore", "/proc/keys", "/proc//kcore", "proc/x/../kcore"]);
        Listing plan = Plans.Compile(inputs);
        Assert.NotEmpty(plan.From("/linux/maskedPaths/1"));
        Assert.Empty(plan.From("/linux/maskedPaths/2"));
        Assert.Empty(plan.From("/linux/maskedPaths/3"));
    }

    [Fact]
    public void Of_the_capabilities_only_what_there_is_to_give_is_set()
    {
        var wanted = new CapabilitySets(Bounding: 0b0111, Effective: 0b1110, Permitted: 0b1111, Inheritable: 0b1111, Ambient: 0b1011);
        Assert.Equal(new CapabilitySets(0b0111, 0b1100, 0b1101, 0b0101, 0b0001), wanted.Within(~0b0010UL));
    }

    [Fact]
    public void A_config_without_a_process_is_created_and_runs_nothing()
    {
        LaunchInputs inputs = Plans.Changed(c => c.Process = null) with { Gate = StartGate.Socket, StartSocket = 9 };
        Listing plan = Plans.Compile(inputs);
        Assert.Equal(("/process", "fail(ENOEXEC)"), (plan.Lines[^1].Pointer, plan.Lines[^1].Call));
        Assert.Throws<Runtime.Namespaces.LaunchException>(() => Plans.Compile(inputs with { Gate = StartGate.None }));
    }

    [Fact]
    public void What_waits_for_start_looks_out_for_signals_too()
    {
        Plans.Of("create").InOrder(@"^reset-signals\(0x4007\)", @"^ask-runtime\(Ready\)", "signalfd4", "^ppoll", @"^exit_group\(143\)", "accept4", "^report-to", "^close", "^rt_sigprocmask", "^execve");
        Assert.Empty(Plans.Of("plain").Numbers("signalfd4|^reset-signals\\(0x"));
    }
}
