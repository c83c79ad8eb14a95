using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Processes;

/// <summary>What a container has before its program: none yet, or rights that nobody can give it, or a signal while it waits.</summary>
public sealed class ProcesslessTests : IDisposable
{
    private readonly Cctl _cctl = new();
    private readonly string _id = Cctl.NewId();

    public void Dispose() => _cctl.Dispose();

    [Fact]
    public void A_config_without_a_process_is_created_and_fails_to_start()
    {
        using Bundle bundle = Bundle.Script("true").With(c => c.Process = null);
        _cctl.Run("create", "--bundle", bundle.Path, _id).MustSucceed();
        Assert.Equal("created", Status());
        Assert.Contains("/process: missing: there is nothing to run", _cctl.Run("start", _id).MustExit(1).Stderr, StringComparison.Ordinal);
        Assert.Equal("stopped", Status());
        Assert.Contains("/process: missing", _cctl.RunBundle(bundle).MustExit(1).Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TERM", true)]
    [InlineData("INT", true)]
    [InlineData("HUP", true)]
    [InlineData("TERM", false)]
    public void A_signal_that_ends_programs_ends_a_created_container(string signal, bool ownPids)
    {
        using Bundle bundle = Bundle.Script("true");
        if (!ownPids)
        {
            bundle.With(c => c.Linux!.Namespaces!.RemoveAll(n => n.Type == "pid"));
        }

        _cctl.Run("create", "--bundle", bundle.Path, _id).MustSucceed();
        _cctl.Run("kill", _id, signal).MustSucceed();
        Eventually.True(() => Status() == "stopped", Place.Deadline(10), () => $"{Status()} after {signal}");
    }

    [Fact]
    public void A_started_program_has_no_signal_blocked()
    {
        using Bundle bundle = new Bundle("sleep", "1000");
        _cctl.Run("create", "--bundle", bundle.Path, _id).MustSucceed();
        _cctl.Run("start", _id).MustSucceed();
        string[] status = File.ReadAllLines($"/proc/{_cctl.PidOf(_id)}/status");
        Assert.Contains("SigBlk:\t0000000000000000", status);
    }

    [Fact]
    public void A_capability_that_the_runtime_lacks_is_a_warning_and_not_granted()
    {
        List<string> names = ["CAP_KILL", "CAP_SYS_RESOURCE"];
        using Bundle bundle = Bundle.Script("grep CapPrm /proc/self/status")
            .With(c => c.Process!.Capabilities = new() { Bounding = names, Effective = names, Permitted = names, Inheritable = names, Ambient = names });
        Command run = new("setpriv", "--bounding-set", "-sys_resource", Cctl.Executable, "--root", _cctl.StateRoot, "run", "--bundle", bundle.Path, _id);
        CommandResult result = run.Run().MustSucceed();
        Assert.Equal("CapPrm:\t0000000000000020", result.Text);
        Assert.Contains("/process/capabilities: CAP_SYS_RESOURCE: not granted: the runtime itself lacks", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void An_ambient_capability_that_is_not_inheritable_is_a_warning()
    {
        using Bundle bundle = Bundle.Script("true").With(c => c.Process!.Capabilities!.Ambient = ["CAP_KILL"]);
        Assert.Contains("/process/capabilities/ambient: CAP_KILL: not both permitted and inheritable", _cctl.RunBundle(bundle).MustSucceed().Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void An_inheritable_capability_of_exec_reaches_a_user()
    {
        using Bundle bundle = new Bundle("sleep", "1000").With(c => c.Process!.Capabilities!.Inheritable = ["CAP_CHOWN"]).With(c => c.Process!.Capabilities!.Bounding!.Add("CAP_CHOWN"));
        _cctl.Run("run", "--detach", "--bundle", bundle.Path, _id).MustSucceed();
        Assert.Equal("CapEff:\t0000000000000001", _cctl.Run("exec", "--user", "1000", "--cap", "CAP_CHOWN", _id, "grep", "CapEff", "/proc/self/status").MustSucceed().Text);
    }

    private string Status() => ConfigFile.ParseState(System.Text.Encoding.UTF8.GetBytes(_cctl.Run("state", _id).MustSucceed().Stdout)).Status!;
}
