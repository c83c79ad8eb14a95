using Integration.Tests.Harness;

namespace Integration.Tests.Security.FromGuest;

/// <summary>
/// A guest with CAP_SYS_PTRACE and no user namespace walks through /proc/PID/fd of a process of the runtime's that waits, or
/// enters, in a pid namespace that they share: no descriptor there leads to the host.
/// </summary>
public sealed class SharedPidDescriptorTests : IDisposable
{
    private readonly Attack _attack = new();

    [Fact]
    public void A_waiting_process_that_joined_the_attackers_pid_namespace_holds_no_descriptor_of_the_host()
    {
        using Lookout lookout = Lookout.Start(_attack, Lookout.Guest(_attack));
        _attack.Create(Attack.Join(_attack.Guest("true"), "pid", lookout.Pid));
        AssertNothingOfTheHost(lookout.Stop());
    }

    [Fact]
    public void A_waiting_process_whose_pid_namespace_the_attacker_joins_holds_no_descriptor_of_the_host()
    {
        string id = _attack.Create(_attack.Guest("true"));
        using Lookout lookout = Lookout.Start(_attack, Attack.Join(Lookout.Guest(_attack), "pid", _attack.Cctl.PidOf(id)));
        AssertNothingOfTheHost(lookout.Stop());
    }

    [Fact]
    public void A_process_that_enters_holds_no_descriptor_of_the_host_either()
    {
        using Lookout lookout = Lookout.Start(_attack, Lookout.Guest(_attack));
        for (int i = 0; i < (Place.IsVm ? 10 : 60); i++)
        {
            _attack.MustSucceed(_attack.Careless("exec", lookout.Id, "/bin/true"));
        }

        AssertNothingOfTheHost(lookout.Stop());
    }

    [Fact]
    public void A_process_that_is_started_meanwhile_holds_no_descriptor_of_the_host_either()
    {
        using Lookout lookout = Lookout.Start(_attack, Lookout.Guest(_attack));
        for (int i = 0; i < (Place.IsVm ? 3 : 20); i++)
        {
            _attack.MustSucceed(_attack.Careless("run", "--bundle", Attack.Join(_attack.Guest("true"), "pid", lookout.Pid).Path, Cctl.NewId()));
        }

        AssertNothingOfTheHost(lookout.Stop());
    }

    public void Dispose() => _attack.Dispose();

    private static void AssertNothingOfTheHost(Lookout.Findings findings)
    {
        Assert.True(findings.DescriptorLists > 0, "no descriptor of another process was seen: the attack was not tried");
        findings.AssertNo("fd", "escape");
    }
}
