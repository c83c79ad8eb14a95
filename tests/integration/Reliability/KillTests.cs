using Integration.Tests.Harness;

namespace Integration.Tests.Reliability;

/// <summary>
/// Any cctl process may be killed at any moment. Afterwards state and list tell the truth, delete --force removes
/// everything, and the same id can be used again.
/// </summary>
public abstract class KillTests : IDisposable
{
    private readonly Cctl _cctl = new();

    public void Dispose()
    {
        _cctl.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Kills at every call; a launch has hundreds of them. What other tests take call by call may be taken as a sample.</summary>
    private protected void KillAt(string who, int atLeast, string[] guest, Func<Bundle, string[]> command, Action<Cctl, Bundle, string>? prepare = null, int every = 1)
    {
        using var bundle = new Bundle(guest);
        using var point = new KillPoint(_cctl, bundle);
        point.Every(who, every, () => prepare?.Invoke(_cctl, bundle, point.Id), command(bundle));
        Assert.True(Place.IsVm || point.Kills >= atLeast, $"only {point.Kills} kills");
    }

    private protected static string[] Sleeper { get; } = ["/bin/sleep", "1000"];

    private protected static void Create(Cctl cctl, Bundle bundle, string id) =>
        new Command("/bin/sh", "-c", "exec \"$@\" >/dev/null 2>&1 </dev/null", "sh", Cctl.Executable, "--root", cctl.StateRoot, "create", "--bundle", bundle.Path, id).Run().MustSucceed();
}

/// <summary>The runtime's process, in the commands that make containers.</summary>
public sealed class KillCreationTests : KillTests
{
    [Fact]
    public void Create_may_be_killed_at_every_call() => KillAt("runtime", 30, Sleeper, b => ["create", "--bundle", b.Path]);

    [Fact]
    public void Run_may_be_killed_at_every_call() => KillAt("runtime", 30, ["/bin/true"], b => ["run", "--bundle", b.Path]);

    [Fact]
    public void Start_may_be_killed_at_every_call() => KillAt("runtime", 10, Sleeper, _ => ["start"], Create);

    [Fact]
    public void Delete_may_be_killed_at_every_call() => KillAt("runtime", 10, Sleeper, _ => ["delete", "--force"], Create);
}

/// <summary>At every operation of the plan that the child carries out.</summary>
public sealed class KillAtOperationTests : KillTests
{
    [Fact]
    public void The_runtime_may_be_killed_at_every_operation_of_create() => KillAt("guest", 100, Sleeper, b => ["create", "--bundle", b.Path]);

    [Fact]
    public void The_runtime_may_be_killed_at_any_operation_of_run() => KillAt("guest", 40, ["/bin/true"], b => ["run", "--bundle", b.Path], every: 4);

    [Fact]
    public void The_child_may_be_killed_at_any_operation_of_create() => KillAt("child", 40, Sleeper, b => ["create", "--bundle", b.Path], every: 4);
}
