using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Rootless;

/// <summary>
/// Root of a user namespace that somebody else made (unshare -Ur): the mounts around it are not its own, cgroups are not
/// writable, groups are denied. A config without a user namespace runs there all the same.
/// </summary>
[HostOnly]
[Collection("accounts")]
public sealed class UnshareTests : IDisposable
{
    private readonly UserAccount _user = new(subordinateIds: false);
    private readonly string _id = Cctl.NewId();

    public void Dispose()
    {
        _user.Dispose();
    }

    [Fact]
    public void A_config_without_a_user_namespace_runs()
    {
        using Bundle bundle = Plain("id -u; echo x >/dev/null && head -c 1 /dev/zero | wc -c; cat /proc/self/setgroups; hostname; ls /sys/class >/dev/null && echo sys");
        CommandResult result = Run(bundle).MustSucceed();
        Assert.Equal(["0", "1", "deny", "guest", "sys"], result.Lines);
        Assert.Equal("", result.Stderr);
    }

    [Fact]
    public void Exec_enters_it_from_the_same_namespace()
    {
        using Bundle bundle = Plain("sleep 1000");
        string cctl = $"{Cctl.Executable} --root {_user.Home}/run";
        CommandResult result = _user.Command("unshare", "-Ur", "sh", "-c", $"{cctl} run --detach --bundle {bundle.Path} {_id} && {cctl} exec {_id} hostname; {cctl} delete --force {_id}").Run().MustSucceed();
        Assert.Equal("guest\n", result.Stdout);
        Assert.Equal("", result.Stderr);
    }

    [Theory]
    [InlineData("groups", "/process/user/additionalGids: set the groups (setgroups): E")]
    [InlineData("score", "/process/oomScoreAdj: write -500 to oom_score_adj (write): EACCES: a score below the runtime's own takes CAP_SYS_RESOURCE")]
    [InlineData("limit", "/linux/resources/pids: mkdir ")]
    public void What_the_kernel_refuses_there_is_told_in_one_line(string what, string expected)
    {
        using Bundle bundle = Plain("true");
        bundle.With(c =>
        {
            c.Process!.User!.AdditionalGids = what == "groups" ? [5] : null;
            c.Process.OomScoreAdj = what == "score" ? -500 : null;
            c.Linux!.Resources = what == "limit" ? new LinuxResources { Pids = new() { Limit = 5 } } : null;
        });
        string error = Run(bundle).MustExit(1).Stderr;
        Assert.StartsWith("cctl: " + expected, error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(c => c == '\n'));
    }

    private Bundle Plain(string script)
    {
        Bundle bundle = Bundle.Script(script).With(c => c.Mounts!.Find(m => m.Type == "devpts")!.Options!.Remove("gid=5"));
        _user.Own(bundle.Path);
        return bundle;
    }

    private CommandResult Run(Bundle bundle) =>
        _user.Command("unshare", "-Ur", Cctl.Executable, "--root", _user.Home + "/run", "run", "--bundle", bundle.Path, _id).Run();
}
