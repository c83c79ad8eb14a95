using System.Diagnostics;
using Integration.Tests.Harness;
using OciSpec;
using Runtime.Cgroups;
using Runtime.Cgroups.Devices;
using Runtime.Cgroups.Drivers;
using Runtime.Linux;

namespace Integration.Tests.Cgroups;

/// <summary>The device program in a real kernel: its verifier, and what a process in the cgroup may open.</summary>
public sealed class DeviceFilterTests : IDisposable
{
    private readonly string _id = "test-" + Guid.NewGuid().ToString("N")[..12];
    private readonly CgroupfsDriver _driver = new();

    public void Dispose()
    {
        using CgroupMount? mount = CgroupMount.Find();
        Cgroup.Remove($"{mount!.Path}/cctl/{_id}", 5000);
        _driver.Dispose();
    }

    [Fact]
    public void A_device_that_is_not_allowed_gives_EPERM_and_the_default_ones_work()
    {
        using Cgroup cgroup = Create([Rule(false, null, null, null, "rwm")]);
        Assert.True(CanRead(cgroup, "/dev/zero"));
        Assert.True(CanRead(cgroup, "/dev/urandom"));
        Assert.False(CanRead(cgroup, "/dev/kmsg"));
    }

    [Fact]
    public void An_update_replaces_the_filter_and_leaves_one()
    {
        using Cgroup cgroup = Create(null);
        Assert.False(CanRead(cgroup, "/dev/kmsg"));
        Update(cgroup, [Rule(true, "c", 1, 11, "r")]);
        Assert.True(CanRead(cgroup, "/dev/kmsg"));
        Update(cgroup, []);
        Assert.False(CanRead(cgroup, "/dev/kmsg"));
        Assert.Equal(Errno.OK, DeviceFilter.TryQuery(cgroup.Directory, out List<uint> ids));
        Assert.Single(ids);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Many_rules_pass_the_verifier_and_no_descriptor_is_left(bool onlyAllows)
    {
        int before = Programs();
        var rules = new List<LinuxDeviceCgroup>();
        for (int i = 0; i < 300; i++)
        {
            rules.Add(Rule(onlyAllows || i % 2 == 0, "bc"[i % 2].ToString(), i, i % 3 == 0 ? null : i, new[] { "r", "w", "rw", "rwm" }[i % 4]));
        }

        using (Cgroup cgroup = Create(rules))
        {
            Update(cgroup, rules);
            Assert.True(CanRead(cgroup, "/dev/zero"));
        }

        Assert.Equal(before, Programs());
    }

    // Descriptors of BPF programs in this process.
    private static int Programs() => Directory.GetFiles("/proc/self/fd").Count(fd => new FileInfo(fd).LinkTarget?.Contains("bpf-prog", StringComparison.Ordinal) == true);

    private static bool CanRead(Cgroup cgroup, string device)
    {
        using Process shell = ProgramFiles.Start(new ProcessStartInfo("sh", ["-c", $"echo $$ > {cgroup.Path}/cgroup.procs && exec 3< {device}"]) { RedirectStandardError = true });
        string error = shell.StandardError.ReadToEnd();
        shell.WaitForExit();
        Assert.True(shell.ExitCode == 0 || error.Contains("Operation not permitted", StringComparison.Ordinal), error);
        return shell.ExitCode == 0;
    }

    private static LinuxDeviceCgroup Rule(bool allow, string? type, long? major, long? minor, string? access) =>
        new() { Allow = allow, Type = type, Major = major, Minor = minor, Access = access };

    private Cgroup Create(List<LinuxDeviceCgroup>? rules) =>
        _driver.Prepare(new CgroupRequest { Id = _id, Resources = new() { Devices = rules } })!;

    private void Update(Cgroup cgroup, List<LinuxDeviceCgroup> rules) =>
        _driver.Update(new CgroupRequest { Id = _id, Resources = new() { Devices = rules } }, null, cgroup);
}
