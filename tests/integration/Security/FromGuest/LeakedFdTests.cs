using Integration.Tests.Harness;

namespace Integration.Tests.Security.FromGuest;

/// <summary>CVE-2024-21626: an inherited fd leads to the host.</summary>
public sealed class LeakedFdTests : IDisposable
{
    private readonly Cctl _cctl = new();
    private readonly TempDir _host = new();

    [Fact]
    public void A_guest_has_standard_streams_and_no_other_fd()
    {
        using Bundle bundle = Bundle.Script("cd /proc/self/fd && for f in *; do [ -e $f ] && echo $f; done; true");
        CommandResult result = Shell($"exec 5</ 20<'{_host.Path}' 200</etc/hostname && exec \"$@\"", "run", "--bundle", bundle.Path, Cctl.NewId()).MustSucceed();
        Assert.Equal(["0", "1", "2"], result.Lines);
    }

    [Fact]
    public void Preserved_fds_are_those_that_were_asked_for()
    {
        using Bundle bundle = Bundle.Script("cd /proc/self/fd && for f in *; do [ -e $f ] && echo $f; done; cat <&3");
        string file = _host.WriteFile("given", "given");
        CommandResult result = Shell($"exec 3<'{file}' 4</etc/hostname && exec \"$@\"", "run", "--preserve-fds", "1", "--bundle", bundle.Path, Cctl.NewId()).MustSucceed();
        Assert.Equal(["0", "1", "2", "3", "given"], result.Lines);
    }

    [Fact]
    public void A_created_guests_first_process_holds_no_fd_of_the_state_or_of_the_cgroup()
    {
        using var bundle = new Bundle("/bin/true");
        string id = Cctl.NewId();
        Shell("exec \"$@\" </dev/null >/dev/null 2>&1", "create", "--bundle", bundle.Path, id).MustSucceed();
        int pid = Assert.Single(Leftovers.Processes(id));
        string[] targets = Directory.GetFiles($"/proc/{pid}/fd").Select(f => new FileInfo(f).LinkTarget ?? "").ToArray();
        Assert.NotEmpty(targets);
        Assert.DoesNotContain(targets, t => t == Path.Combine(_cctl.StateRoot, id));
        Assert.DoesNotContain(targets, t => t.Contains(id, StringComparison.Ordinal) && t.StartsWith(Leftovers.CgroupMount, StringComparison.Ordinal));
    }

    public void Dispose()
    {
        _cctl.Dispose();
        _host.Dispose();
    }

    private CommandResult Shell(string script, params string[] arguments) =>
        new Command("/bin/bash", ["-c", script, "bash", Cctl.Executable, "--root", _cctl.StateRoot, .. arguments]).Run();
}
