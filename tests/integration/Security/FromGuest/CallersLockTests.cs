using Integration.Tests.Harness;

namespace Integration.Tests.Security.FromGuest;

/// <summary>What a caller left open is not kept by the process that waits for `start`: neither for a guest to find, nor as a lock.</summary>
public sealed class CallersLockTests : IDisposable
{
    private readonly Attack _attack = new();

    [Theory]
    [InlineData("create")]
    [InlineData("run --detach")]
    public void A_lock_ends_with_the_caller_that_held_it(string verb)
    {
        string id = Cctl.NewId();
        Command.Run("/bin/bash", "-c", $"exec 9>'{_attack.Host["lock"]}' && flock 9 && {Cctl.Executable} --root {_attack.Cctl.StateRoot} {verb} --bundle {_attack.Guest("sleep 1000").Path} {id} </dev/null >/dev/null 2>&1").MustSucceed();
        Command.Run("flock", "-n", _attack.Host["lock"], "true").MustSucceed();
        Assert.Contains(verb == "create" ? "\"created\"" : "\"running\"", _attack.Cctl.Run("state", id).MustSucceed().Stdout, StringComparison.Ordinal);
    }

    public void Dispose() => _attack.Dispose();
}
