using System.Text;
using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Rootless;

/// <summary>An ordinary user's session in a plain login: nothing is delegated, nobody asked for a cgroup, and nothing is warned of.</summary>
[HostOnly]
[Collection("accounts")]
public sealed class LoginTests : IDisposable
{
    private readonly UserAccount _user = new(subordinateIds: false);
    private readonly string _id = Cctl.NewId();

    public void Dispose()
    {
        Try("delete", "--force", _id);
        _user.Dispose();
    }

    [Fact]
    public void Spec_run_exec_list_state_kill_and_delete_work_and_warn_of_nothing()
    {
        string bundle = Directory.CreateDirectory(Path.Combine(_user.Home, "bundle")).FullName;
        _user.Own(bundle);
        Quiet("spec", "--rootless", "--rootfs", "--bundle", bundle, "--", "sleep", "1000");
        Quiet("run", "--detach", "--bundle", bundle, _id);
        Assert.Equal("running", State().Status);
        Assert.Equal("0", Quiet("exec", _id, "id", "-u").Text);
        Assert.Equal("7", Quiet("exec", _id, "echo", "7").Text);
        Assert.Contains(_id, Quiet("list").Stdout, StringComparison.Ordinal);
        Quiet("kill", _id, "KILL");
        Eventually.True(() => State().Status == "stopped", Place.Deadline(10), () => "not stopped after SIGKILL");
        Quiet("delete", _id);
        Assert.Contains("does not exist", Try("state", _id).MustExit(1).Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void A_container_of_roots_with_the_same_name_is_not_in_the_way()
    {
        using var roots = new Cctl();
        using var theirs = new Bundle("/bin/sleep", "1000");
        roots.Run("run", "--detach", "--bundle", theirs.Path, _id).MustSucceed();
        using Bundle bundle = new Bundle("/bin/sleep", "1000").With(c => Namespaces.RootlessTests.Rootless(c, _user));
        _user.Own(bundle.Path);
        Quiet("run", "--detach", "--bundle", bundle.Path, _id);
        Quiet("exec", _id, "true");
        Quiet("delete", "--force", _id);
        Assert.Contains("\"running\"", roots.Run("state", _id).MustSucceed().Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cgroup_that_was_asked_for_is_warned_of_and_the_container_can_be_entered_all_the_same()
    {
        using Bundle bundle = new Bundle("/bin/sleep", "1000").With(c =>
        {
            Namespaces.RootlessTests.Rootless(c, _user);
            c.Linux!.CgroupsPath = "/cctl-asked/" + _id;
        });
        _user.Own(bundle.Path);
        Assert.Contains("/linux/cgroupsPath: mkdir ", Try("run", "--detach", "--bundle", bundle.Path, _id).MustSucceed().Stderr, StringComparison.Ordinal);
        Quiet("exec", _id, "true");
        Quiet("delete", "--force", _id);
    }

    private ContainerState State() => ConfigFile.ParseState(Encoding.UTF8.GetBytes(Quiet("state", _id).Stdout));

    private CommandResult Quiet(params string[] arguments)
    {
        CommandResult result = Try(arguments).MustSucceed();
        Assert.Equal("", result.Stderr);
        return result;
    }

    private CommandResult Try(params string[] arguments) =>
        _user.Command([Cctl.Executable, "--root", Path.Combine(_user.Home, "run"), .. arguments]).Run();
}
