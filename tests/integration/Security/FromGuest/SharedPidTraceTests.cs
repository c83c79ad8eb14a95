using Integration.Tests.Harness;

namespace Integration.Tests.Security.FromGuest;

/// <summary>
/// What a guest reads of a process of the runtime's in a pid namespace that they share: its environment, command line,
/// memory, working directory and root say nothing of the host, and nothing of another process's words.
/// </summary>
public sealed class SharedPidTraceTests : IDisposable
{
    private const string Password = "password-of-another";

    private readonly Attack _attack = new();

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    public void A_waiting_process_shows_neither_its_callers_environment_nor_its_own_words(uint uid)
    {
        using Lookout lookout = Start(Looker(uid));
        Bundle waiting = Waiting();
        string id = _attack.Create(Attack.Join(waiting, "pid", lookout.Pid));
        Lookout.Findings findings = lookout.Stop();
        Assert.True(findings.Processes > 0 && (uid != 0 || findings.Environments > 0), "no other process was seen");
        findings.AssertPlaces(lookout.Root, waiting.Rootfs);
        findings.AssertNo("environ", "cmdline");
        Assert.Contains("\"created\"", _attack.Cctl.Run("state", id).MustSucceed().Stdout, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    public void A_process_that_enters_shows_neither_its_callers_environment_nor_its_words(uint uid)
    {
        using Lookout lookout = Start(Looker(uid));
        for (int i = 0; i < (Place.IsVm ? 10 : 60); i++)
        {
            _attack.MustSucceed(_attack.Careless("exec", "-e", "PASSWORD=" + Password, lookout.Id, "/bin/true"));
        }

        Lookout.Findings findings = lookout.Stop();
        Assert.True(findings.Processes > 0, "no other process was seen");
        findings.AssertPlaces(lookout.Root);
        findings.AssertNo("environ", "cmdline");
    }

    [Fact]
    public void A_process_that_starts_shows_neither_its_callers_environment_nor_the_hosts_directories()
    {
        using Lookout lookout = Start(Looker(0));
        Bundle started = Attack.Join(Waiting(), "pid", lookout.Pid);
        for (int i = 0; i < (Place.IsVm ? 3 : 20); i++)
        {
            string id = _attack.Create(started);
            _attack.MustSucceed(_attack.Careless("start", id));
            _attack.Cctl.Run("delete", "--force", id).MustSucceed();
        }

        Lookout.Findings findings = lookout.Stop();
        Assert.True(findings.Environments > 0, "no other process was seen");
        findings.AssertPlaces(lookout.Root, started.Rootfs);
        findings.AssertNo("environ", "cmdline");
    }

    /// <summary>All that the attacker may read of the process: no text of the host's is left in it.</summary>
    [Fact]
    public void The_memory_of_a_waiting_process_holds_neither_its_callers_environment_nor_the_hosts_paths()
    {
        Bundle waiting = Waiting();
        using Lookout lookout = Start(Looker(0), ("m", "SECRET", _attack.Secret), ("m", "state-root", _attack.Cctl.StateRoot), ("m", "bundle", waiting.Path));
        _attack.Create(Attack.Join(waiting, "pid", lookout.Pid));
        Lookout.Findings findings = lookout.Stop();
        Assert.True(findings.Memories > 0, "no memory of another process was read: the attack was not tried");
        findings.AssertNo("mem", "maps");
    }

    public void Dispose() => _attack.Dispose();

    private Bundle Looker(uint uid) => uid == 0 ? Lookout.Guest(_attack) : _attack.Program(["/look"]).With(c =>
    {
        c.Process!.User = new() { Uid = uid, Gid = uid };
        c.Process.Capabilities = new();
    });

    private Bundle Waiting() => _attack.Guest("sleep 1000");

    private Lookout Start(Bundle looker, params (string Where, string Name, string Text)[] texts) =>
        Lookout.Start(_attack, looker, [("ec", "SECRET", _attack.Secret), ("c", "PASSWORD", Password), ("ec", "state-root", _attack.Cctl.StateRoot), .. texts]);
}
