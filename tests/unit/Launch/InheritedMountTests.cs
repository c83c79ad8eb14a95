using Runtime.Namespaces.Resolution;

namespace Unit.Tests.Launch;

/// <summary>Mounts in the runtime's own mount namespace.</summary>
public sealed class InheritedMountTests
{
    [Fact]
    public void The_runtimes_namespace_keeps_its_root_and_its_propagation()
    {
        Listing plan = Plans.Of("inherited mounts");
        Assert.Empty(plan.Numbers("pivot_root|umount2"));
        Assert.DoesNotContain(plan.Lines, l => l.Call.StartsWith("mount_setattr(AT_FDCWD", StringComparison.Ordinal) || l.Call.StartsWith("mount_setattr(-100", StringComparison.Ordinal));
        // The marked tmpfs is attached first, and private before anything comes on it.
        plan.InOrder(@"""source"", ""cctl\.x""", "^move_mount", "^mount_setattr", "^move_mount", "^chroot");
    }

    [Theory]
    [InlineData("rootfs", true)]
    [InlineData("/", false)]
    public void The_hosts_null_device_is_opened_anew_for_a_root_of_the_guests_own(string root, bool anew)
    {
        LaunchInputs inputs = Plans.Changed(c =>
        {
            c.Root!.Path = root;
            c.Root.Readonly = null;
            c.Mounts = null;
            c.Linux!.Namespaces = [new() { Type = "pid" }];
            c.Linux.MaskedPaths = c.Linux.ReadonlyPaths = null;
            c.Hostname = null;
        });
        Assert.Equal(anew, Plans.Compile(inputs with { NullStreams = 1 }).Numbers("^dup3").Count > 0);
    }
}
