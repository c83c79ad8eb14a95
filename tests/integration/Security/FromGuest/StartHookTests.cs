using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Security.FromGuest;

/// <summary>A startContainer hook is code of the image's: it runs under the filter and the no_new_privs of the guest.</summary>
public sealed class StartHookTests : IDisposable
{
    private readonly Attack _attack = new();

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void It_runs_under_the_guests_filter_and_no_new_privs(bool noNewPrivileges, bool create)
    {
        Bundle bundle = _attack.Guest("true").With(c =>
        {
            c.Process!.NoNewPrivileges = noNewPrivileges;
            c.Hooks = new() { StartContainer = [new() { Path = "/hook" }] };
            c.Linux!.Seccomp = new() { DefaultAction = "SCMP_ACT_ALLOW", Syscalls = [new LinuxSyscall { Names = ["mkdir", "mkdirat"], Action = "SCMP_ACT_ERRNO" }] };
        });
        string hook = Path.Combine(bundle.Rootfs, "hook");
        ProgramFiles.Write(hook, "#!/bin/sh\nmkdir /tmp/made 2>/dev/null\ngrep -E '^(Seccomp|NoNewPrivs):' /proc/self/status >/tmp/status; true\n");
        File.SetUnixFileMode(hook, (UnixFileMode)0b111_101_101);
        string id = Cctl.NewId();
        if (create)
        {
            _attack.MustSucceed(_attack.Careless("create", "--bundle", bundle.Path, id));
            _attack.MustSucceed(_attack.Careless("start", id));
        }
        else
        {
            _attack.Cctl.Run("run", "--bundle", bundle.Path, id).MustSucceed();
        }

        Assert.Equal([$"NoNewPrivs:\t{(noNewPrivileges ? 1 : 0)}", "Seccomp:\t2"], File.ReadAllLines(Path.Combine(bundle.Rootfs, "tmp/status")));
        Assert.False(Directory.Exists(Path.Combine(bundle.Rootfs, "tmp/made")));
    }

    public void Dispose() => _attack.Dispose();
}
