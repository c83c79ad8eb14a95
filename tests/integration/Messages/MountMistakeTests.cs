using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Messages;

/// <summary>Mistakes in mounts, in the root and in the mapping of ids.</summary>
public sealed class MountMistakeTests
{
    [Fact]
    public void A_mount_without_type() =>
        Mistake.InBundle("/mounts/7: mount none on /mnt (fsopen): ENODEV: the mount has no type: name a filesystem such as tmpfs, or bind a path with the option bind", c => c.Mounts!.Add(new() { Destination = "/mnt", Source = "/" }));

    [Theory]
    [InlineData("nosiud", "tmpfs does not know this option: did you mean nosuid?")]
    [InlineData("nosuid,nodev", "each option is an element of options of its own")]
    [InlineData("sizze=1m", "tmpfs does not know this option: did you mean size?")]
    [InlineData("strange=1", "tmpfs does not know this option")]
    [InlineData("size=abc", "tmpfs refuses this value: a number, which k, m or g may follow, or a percentage of the memory such as 50%")]
    [InlineData("huge=abc", "tmpfs refuses this value")]
    public void An_option_that_a_filesystem_does_not_know(string option, string message) =>
        Mistake.InBundle($"/mounts/7/options/0: give {option} to tmpfs (fsconfig): EINVAL: {message}", c => c.Mounts!.Add(new() { Destination = "/mnt", Type = "tmpfs", Source = "t", Options = [option] }));

    [Fact]
    public void A_bind_mount_of_nothing_or_of_the_wrong_kind()
    {
        Mistake.InBundle("/mounts/7/source: missing: the path on the host, which is bound, is required", c => c.Mounts!.Add(new() { Destination = "/mnt", Options = ["bind"] }));
        Mistake.InBundle("/etc/passwd is a file and /tmp in the root filesystem a directory: bind a file onto a file", c => c.Mounts!.Add(new() { Destination = "/tmp", Source = "/etc/passwd", Options = ["bind"] }));
    }

    [Fact]
    public void A_source_that_is_not_there_is_named() =>
        Mistake.InBundle("ENOENT: no such file or directory: the source /dev/vdzz does not exist on the host", c => c.Mounts!.Add(new() { Destination = "/mnt", Type = "ext4", Source = "/dev/vdzz" }));

    [Fact]
    public void Links_that_lead_in_a_circle_are_told()
    {
        void Circle(Bundle bundle) => File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "circle"), "circle");
        const string Message = "ELOOP: too many levels of symbolic links: the links lead in a circle";
        Mistake.InBundle(Message, c => c.Mounts!.Add(new() { Destination = "/circle/x", Type = "tmpfs", Source = "t" }), Circle);
        Mistake.InBundle(Message, c => c.Process!.Cwd = "/circle", Circle);
        Mistake.InBundle(Message, c => c.Process!.Args = ["/circle"], Circle);
    }

    [Fact]
    public void A_device_on_the_way_to_a_device_is_named() =>
        Mistake.InBundle("ENOTDIR: not a directory: /dev/null is in the way: it is a device", c => c.Linux!.Devices = [new() { Type = "c", Path = "/dev/null/x", Major = 1, Minor = 3 }]);

    [Fact]
    public void A_root_that_is_a_file() =>
        Mistake.InBundle("config.json is no directory: root.path must name one", c => c.Root!.Path = "config.json");

    [Fact]
    public void A_file_in_the_way_of_a_mount_is_named() =>
        Mistake.InBundle(
            "/mounts/7/destination: reach /etc/passwd/below (openat2): ENOTDIR: not a directory: /etc/passwd in the root filesystem is in the way: it is a file, and a directory belongs there",
            c => c.Mounts!.Add(new() { Destination = "/etc/passwd/below", Type = "tmpfs", Source = "tmpfs" }));

    [Fact]
    public void A_file_in_the_way_of_the_working_directory_is_named() =>
        Mistake.InBundle("/process/cwd: make /etc/passwd/x (openat2): ENOTDIR: not a directory: /etc/passwd in the root filesystem is in the way", c => c.Process!.Cwd = "/etc/passwd/x");

    [Fact]
    public void A_group_of_devpts_that_is_not_mapped() =>
        Mistake.InBundle(
            "/mounts/2/options/5: give gid=5 to devpts (fsconfig): EINVAL: group 5 is not mapped into the user namespace: map it in /linux/gidMappings, or take the option out",
            c => Map(c, 0, 1),
            UserNamespace.Own);

    [Fact]
    public void A_mapping_without_root() =>
        Mistake.InBundle(
            "/linux/uidMappings: become root of the user namespace (setresgid): EINVAL: no range maps id 0: a container is set up by root of its user namespace: map 0 for users and groups too",
            c => Map(c, 1000, 1000),
            UserNamespace.Own);

    [Fact]
    public void A_group_of_devpts_that_the_callers_user_namespace_does_not_map()
    {
        using var cctl = new Cctl();
        using var bundle = new Bundle("/bin/true");
        CommandResult result = Command.Run("unshare", "--user", "--map-root-user", Cctl.Executable, "--root", cctl.StateRoot, "run", "--bundle", bundle.Path, Cctl.NewId());
        Mistake.IsAnswered("/mounts/2/options/5: give gid=5 to devpts (fsconfig): EINVAL: group 5 is not mapped into the user namespace that cctl runs in: take the option out", result);
    }

    [Fact]
    public void A_group_of_devpts_that_a_joined_user_namespace_does_not_map()
    {
        using var holder = new Command("unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child", "sleep", "1000").Start();
        string path = string.Empty;
        Eventually.True(
            () =>
            {
                string child = File.ReadAllText($"/proc/{holder.Pid}/task/{holder.Pid}/children").Trim();
                path = $"/proc/{child}/ns/user";
                return child.Length > 0 && File.ReadAllText($"/proc/{child}/gid_map").Length > 0;
            },
            Place.Deadline(5),
            () => "no namespace");
        Mistake.InBundle(
            $"group 5 is not mapped into the user namespace {path}: take the option out",
            c =>
            {
                c.Linux!.Namespaces!.RemoveAll(n => n.Type == "user");
                c.Linux.Namespaces.Add(new() { Type = "user", Path = path });
            });
    }

    [Fact]
    public void A_message_queue_of_another_user_namespace() =>
        Mistake.InBundle(
            "EPERM: mqueue can be mounted only with an ipc namespace of the guest's own, made together with its user namespace",
            c =>
            {
                Map(c, 0, 65536);
                c.Linux!.Namespaces!.RemoveAll(n => n.Type == "ipc");
                c.Mounts!.RemoveAll(m => m.Type == "devpts");
            },
            UserNamespace.Own);

    private static void Map(RuntimeConfig config, uint first, uint size)
    {
        config.Linux!.Namespaces!.Add(new() { Type = "user" });
        config.Linux.UidMappings = [new() { ContainerID = first, HostID = 100_000, Size = size }];
        config.Linux.GidMappings = [new() { ContainerID = first, HostID = 100_000, Size = size }];
    }
}
