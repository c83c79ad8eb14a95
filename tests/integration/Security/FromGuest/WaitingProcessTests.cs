using Integration.Tests.Harness;
using Mono.Unix.Native;

namespace Integration.Tests.Security.FromGuest;

/// <summary>What a guest gets of the first process that waits for `start`.</summary>
public sealed class WaitingProcessTests : IDisposable
{
    private readonly Cctl _cctl = new();

    [Fact]
    public void The_waiting_first_process_is_hidden_from_the_guests_users()
    {
        using var bundle = new Bundle("/bin/true");
        bundle.With(c => c.Process!.User = new() { Uid = 1000, Gid = 1000 });
        string id = Cctl.NewId();
        Command.Run("/bin/sh", "-c", "exec \"$@\" </dev/null >/dev/null 2>&1", "sh", Cctl.Executable, "--root", _cctl.StateRoot, "create", "--bundle", bundle.Path, id).MustSucceed();
        int pid = Assert.Single(Leftovers.Processes(id));
        // proc_pid(5): the files of a process that is not dumpable are root's.
        Assert.Equal(0, Syscall.stat($"/proc/{pid}/environ", out Stat stat));
        Assert.Equal(0u, stat.st_uid);
        Assert.Contains("\nUid:\t1000\t1000", File.ReadAllText($"/proc/{pid}/status"), StringComparison.Ordinal);
    }

    public void Dispose() => _cctl.Dispose();
}
