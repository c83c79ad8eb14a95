using Integration.Tests.Harness;

namespace Integration.Tests.Security.FromGuest;

/// <summary>
/// mount_namespaces(7): in a user namespace of its own a guest gets a new procfs or sysfs where one is fully visible in its
/// mount namespace. With --no-pivot the host's were, below the guest's root.
/// </summary>
public sealed class NoPivotTests : IDisposable
{
    private readonly Attack _attack = new();

    // There is one that is fully visible, whatever this machine has mounted over its own.
    private readonly PrivateHost _host = new("mkdir /dev/proc /dev/sys && mount -t proc proc /dev/proc && mount -t sysfs sysfs /dev/sys");

    [Theory]
    [InlineData("unshare -mrpf sh -c 'mount -t proc none /proc && echo MOUNTED'", 0)]
    [InlineData("unshare -mrpf sh -c 'mount -t proc none /proc && echo MOUNTED'", 1000)]
    [InlineData("unshare -mrpf sh -c 'mount -t proc none /tmp && echo MOUNTED'", 1000)]
    [InlineData("unshare -mrnpf sh -c 'mount -t sysfs none /tmp && echo MOUNTED'", 1000)]
    [InlineData("umount -l /; umount -l /; ls /proc/1/root/../var/tmp | grep cctl-test && echo MOUNTED", 0)]
    public void A_filesystem_that_the_guest_is_refused_is_refused_without_pivot_root_too(string attempt, uint uid)
    {
        // Since Linux 5.12 a user namespace that maps root needs CAP_SETFCAP where root makes it.
        Bundle bundle = _attack.Guest($"unshare -r true && echo tried; {attempt}; true", "CAP_SYS_ADMIN", "CAP_SETFCAP").With(c => c.Process!.User = new() { Uid = uid, Gid = uid });
        foreach (string[] options in (string[][])[[], ["--no-pivot"]])
        {
            CommandResult result = _host.Command([Cctl.Executable, "--root", _attack.Cctl.StateRoot, "run", "--bundle", bundle.Path, .. options, Cctl.NewId()]).Run();
            Assert.True(result.MustSucceed().Text == "tried", string.Join(' ', options) + ": " + result.Stdout + result.Stderr);
        }
    }

    public void Dispose()
    {
        _attack.Dispose();
        _host.Dispose();
    }
}
