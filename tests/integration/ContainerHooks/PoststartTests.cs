using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.ContainerHooks;

/// <summary>runtime.md, "Lifecycle", 9: since 1.3 a poststart hook that fails is the container's failure.</summary>
[HostOnly]
public sealed class PoststartTests : IDisposable
{
    private readonly TempDir _out = new();
    private readonly Cctl _cctl = new();
    private readonly string _id = Cctl.NewId();

    public void Dispose()
    {
        _cctl.Dispose();
        _out.Dispose();
    }

    [Fact]
    public void After_start_the_container_is_ended_and_destroyed()
    {
        using Bundle bundle = Failing();
        _cctl.Run("create", "--bundle", bundle.Path, _id).MustSucceed();
        string init = $"/proc/{_cctl.PidOf(_id)}/cmdline";
        AssertDestroyed(_cctl.Run("start", _id));
        Assert.True(!File.Exists(init) || File.ReadAllText(init).Length == 0, "it lives"); // a zombie has none
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void After_run_too(bool detach)
    {
        using Bundle bundle = Failing();
        AssertDestroyed(_cctl.Run(["run", .. detach ? (string[])["--detach"] : [], "--bundle", bundle.Path, _id]));
    }

    [Fact]
    public void A_container_that_has_ended_by_then_is_destroyed_too()
    {
        using Bundle bundle = Failing().With(c => c.Process!.Args = ["/bin/true"]);
        AssertDestroyed(_cctl.Run("run", "--bundle", bundle.Path, _id));
    }

    private void AssertDestroyed(CommandResult result)
    {
        result.MustExit(1);
        Assert.Contains("/hooks/poststart/0: run /bin/sh: exit status 7: no address", result.Stderr, StringComparison.Ordinal);
        Assert.Equal(["poststop"], File.ReadAllLines(_out["log"]));
        Assert.Contains("does not exist", _cctl.Run("state", _id).MustExit(1).Stderr, StringComparison.Ordinal);
        Assert.False(Directory.Exists($"{Leftovers.CgroupMount}/cctl/{_id}"));
    }

    private Bundle Failing() => new Bundle("/bin/sleep", "1000").With(c => c.Hooks = new Hooks
    {
        Poststart = [Shell("echo no address >&2; exit 7"), Shell($"echo second >>{_out["log"]}")],
        Poststop = [Shell($"echo poststop >>{_out["log"]}")],
    });

    private static Hook Shell(string script) => new() { Path = "/bin/sh", Args = ["sh", "-c", script], Env = ["PATH=/usr/bin:/bin"] };
}
