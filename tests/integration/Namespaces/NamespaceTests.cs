using System.Globalization;
using Integration.Tests.Harness;

namespace Integration.Tests.Namespaces;

/// <summary>config-linux.md, "Namespaces": new ones, those of the host, and those that are joined.</summary>
public sealed class NamespaceTests
{
    private static readonly Dictionary<string, string> s_files = new()
    {
        ["pid"] = "pid",
        ["network"] = "net",
        ["ipc"] = "ipc",
        ["uts"] = "uts",
        ["mount"] = "mnt",
        ["cgroup"] = "cgroup",
        ["user"] = "user",
        ["time"] = "time",
    };

    [Theory]
    [InlineData("pid")]
    [InlineData("network")]
    [InlineData("ipc")]
    [InlineData("uts")]
    [InlineData("mount")]
    [InlineData("cgroup")]
    [InlineData("user")]
    [InlineData("time")]
    public void A_new_namespace_is_the_guests_own(string type)
    {
        SkipWithoutKernelSupport(type);
        using Bundle bundle = Bundle.Script($"readlink /proc/self/ns/{s_files[type]}");
        if (type == "user")
        {
            bundle.InUserNamespace();
        }
        else
        {
            bundle.With(c => c.Linux!.Namespaces = [.. c.Linux.Namespaces!.Where(n => n.Type != type), new() { Type = type }]);
        }

        Assert.NotEqual(Host(type), Run(bundle).Text);
    }

    [Theory]
    [InlineData("network")]
    [InlineData("ipc")]
    [InlineData("cgroup")]
    [InlineData("time")]
    [InlineData("user")]
    public void A_namespace_that_is_not_named_is_the_hosts(string type)
    {
        SkipWithoutKernelSupport(type);
        using Bundle bundle = Bundle.Script($"readlink /proc/self/ns/{s_files[type]}").With(c =>
        {
            c.Linux!.Namespaces = [.. c.Linux.Namespaces!.Where(n => n.Type != type)];
            c.Mounts = [.. c.Mounts!.Where(m => m.Type is not ("cgroup" or "mqueue"))];
        });
        Assert.Equal(Host(type), Run(bundle).Text);
    }

    [Theory]
    [InlineData("network", "--net")]
    [InlineData("ipc", "--ipc")]
    [InlineData("uts", "--uts")]
    [InlineData("cgroup", "--cgroup")]
    [InlineData("time", "--time")]
    public void A_namespace_is_joined_by_its_path(string type, string option)
    {
        SkipWithoutKernelSupport(type);
        // unshare(1) moves its children into the new time namespace, not itself; and before Linux 6.3 a process between the
        // two cannot vfork(2), as the shell does for a command that it does not become.
        using RunningCommand keeper = new Command("unshare", option, "sh", "-c", "echo ready; exec cat").Start();
        keeper.WaitForOutput("ready", Place.Deadline(10));
        string path = $"/proc/{keeper.Pid}/ns/{(type == "time" ? "time_for_children" : s_files[type])}";
        string expected = new FileInfo(path).LinkTarget!;
        using Bundle bundle = Bundle.Script($"readlink /proc/self/ns/{s_files[type]}").With(c =>
        {
            c.Hostname = null;
            c.Linux!.Namespaces = [.. c.Linux.Namespaces!.Where(n => n.Type != type), new() { Type = type, Path = path }];
        });
        Assert.Equal(expected, Run(bundle).Text);
        Assert.NotEqual(Host(type), expected);
    }

    // Debian's cloud kernels, which the virtual machine runs, are built without time namespaces.
    private static void SkipWithoutKernelSupport(string type) =>
        Assert.SkipUnless(File.Exists($"/proc/self/ns/{s_files[type]}"), $"the kernel has no {type} namespaces");

    [Fact]
    public void A_pid_namespace_is_joined_and_the_guest_is_not_its_first_process()
    {
        using var cctl = new Cctl();
        using var first = new Bundle("/bin/sleep", "1000");
        string id = Cctl.NewId();
        cctl.Run("run", "--detach", "--bundle", first.Path, id).MustSucceed();
        int pid = cctl.PidOf(id);
        using Bundle bundle = Bundle.Script("readlink /proc/self/ns/pid; cat /proc/1/comm; test $$ -gt 1 && echo other").With(c =>
            c.Linux!.Namespaces = [.. c.Linux.Namespaces!.Where(n => n.Type != "pid"), new() { Type = "pid", Path = $"/proc/{pid}/ns/pid" }]);
        Assert.Equal([new FileInfo($"/proc/{pid}/ns/pid").LinkTarget!, "sleep", "other"], cctl.RunBundle(bundle).MustSucceed().Lines);
    }

    [Fact]
    public void A_user_namespace_is_joined_with_what_belongs_to_it()
    {
        using var cctl = new Cctl();
        using Bundle first = new Bundle("/bin/sleep", "1000").InUserNamespace();
        string id = Cctl.NewId();
        cctl.Run("run", "--detach", "--bundle", first.Path, id).MustSucceed();
        int pid = cctl.PidOf(id);
        using Bundle bundle = Bundle.Script("readlink /proc/self/ns/user; readlink /proc/self/ns/net; id -u; hostname").With(c => c.Linux!.Namespaces =
        [
            .. c.Linux.Namespaces!.Where(n => n.Type != "network"),
            new() { Type = "user", Path = $"/proc/{pid}/ns/user" },
            new() { Type = "network", Path = $"/proc/{pid}/ns/net" },
        ]);
        UserNamespace.Own(bundle);
        Assert.Equal(
            [new FileInfo($"/proc/{pid}/ns/user").LinkTarget!, new FileInfo($"/proc/{pid}/ns/net").LinkTarget!, "0", "guest"],
            cctl.RunBundle(bundle).MustSucceed().Lines);
    }

    [Fact]
    public void Beside_a_joined_user_namespace_clocks_and_oom_score_are_the_configs()
    {
        SkipWithoutKernelSupport("time");
        using var cctl = new Cctl();
        using Bundle first = new Bundle("/bin/sleep", "1000").InUserNamespace();
        string id = Cctl.NewId();
        cctl.Run("run", "--detach", "--bundle", first.Path, id).MustSucceed();
        int pid = cctl.PidOf(id);
        using Bundle bundle = Bundle.Script("cat /proc/self/timens_offsets /proc/self/oom_score_adj").With(c =>
        {
            c.Linux!.Namespaces!.AddRange([new() { Type = "user", Path = $"/proc/{pid}/ns/user" }, new() { Type = "time" }]);
            c.Linux.TimeOffsets = new() { ["boottime"] = new() { Secs = 1_000_000 } };
            c.Process!.OomScoreAdj = 300;
        });
        UserNamespace.Own(bundle);
        Assert.Equal(["monotonic 0 0", "boottime 1000000 0", "300"], cctl.RunBundle(bundle).MustSucceed().Lines.Select(Words));
    }

    [Fact]
    public void A_path_to_a_namespace_of_another_type_is_refused()
    {
        using var cctl = new Cctl();
        using Bundle bundle = Bundle.Script("true").With(c =>
            c.Linux!.Namespaces = [.. c.Linux.Namespaces!.Where(n => n.Type != "ipc"), new() { Type = "ipc", Path = "/proc/self/ns/uts" }]);
        CommandResult result = cctl.RunBundle(bundle);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("/path: open /proc/self/ns/uts: EINVAL: the file is no namespace of this type", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void Host_and_domain_name_are_set_in_the_guest_only()
    {
        string before = File.ReadAllText("/proc/sys/kernel/domainname");
        using Bundle bundle = Bundle.Script("hostname; cat /proc/sys/kernel/domainname").With(c => (c.Hostname, c.Domainname) = ("inside", "example.org"));
        Assert.Equal(["inside", "example.org"], Run(bundle).Lines);
        Assert.Equal(before, File.ReadAllText("/proc/sys/kernel/domainname"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Time_offsets_shift_the_clocks(bool userNamespace)
    {
        SkipWithoutKernelSupport("time");
        using Bundle bundle = Bundle.Script("cat /proc/uptime; cat /proc/self/timens_offsets").With(c =>
        {
            c.Linux!.Namespaces!.Add(new() { Type = "time" });
            c.Linux.TimeOffsets = new() { ["monotonic"] = new() { Secs = 86_400, Nanosecs = 5 }, ["boottime"] = new() { Secs = 1_000_000 } };
            if (userNamespace)
            {
                UserNamespace.Add(c);
            }
        });
        CommandResult result = Run(bundle);
        Assert.True(double.Parse(result.Lines[0].Split(' ')[0], CultureInfo.InvariantCulture) > 1_000_000);
        Assert.Equal(["monotonic 86400 5", "boottime 1000000 0"], result.Lines[1..].Select(Words));
    }

    [Fact]
    public void Sysctls_are_set_in_the_guests_namespaces_only()
    {
        string before = File.ReadAllText("/proc/sys/net/ipv4/ip_default_ttl");
        using Bundle bundle = Bundle.Script("cat /proc/sys/net/ipv4/ip_default_ttl /proc/sys/kernel/shm_rmid_forced /proc/sys/fs/mqueue/msg_max")
            .With(c => c.Linux!.Sysctl = new() { ["net.ipv4.ip_default_ttl"] = "77", ["kernel.shm_rmid_forced"] = "1", ["fs/mqueue/msg_max"] = "9" });
        Assert.Equal(["77", "1", "9"], Run(bundle).Lines);
        Assert.Equal(before, File.ReadAllText("/proc/sys/net/ipv4/ip_default_ttl"));
    }

    [Theory]
    [InlineData("kernel.pid_max")]
    [InlineData("vm.swappiness")]
    public void A_sysctl_of_the_whole_host_is_refused(string name)
    {
        using var cctl = new Cctl();
        using Bundle bundle = Bundle.Script("true").With(c => c.Linux!.Sysctl = new() { [name] = "1" });
        CommandResult result = cctl.RunBundle(bundle);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains($"/linux/sysctl/{name}: the parameter is the whole host's", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_ranges_of_ids_are_mapped()
    {
        using Bundle bundle = Bundle.Script("cat /proc/self/uid_map /proc/self/gid_map; cat /proc/self/setgroups; id -u").InUserNamespace();
        bundle.With(c => c.Linux!.UidMappings = [new() { ContainerID = 0, HostID = 100_000, Size = 10 }, new() { ContainerID = 10, HostID = 200_000, Size = 50_000 }]);
        Assert.Equal(
            ["0 100000 10", "10 200000 50000", "0 100000 65536", "allow", "0"],
            Run(bundle).Lines.Select(Words));
    }

    /// <summary>A line of a table without the spaces that align it.</summary>
    private static string Words(string line) => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static string Host(string type) => new FileInfo($"/proc/self/ns/{s_files[type]}").LinkTarget!;

    private static CommandResult Run(Bundle bundle)
    {
        using var cctl = new Cctl();
        return cctl.RunBundle(bundle).MustSucceed();
    }
}
