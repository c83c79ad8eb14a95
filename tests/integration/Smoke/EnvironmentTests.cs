using Integration.Tests.Harness;

namespace Integration.Tests.Smoke;

/// <summary>The place offers what the other tests build on.</summary>
public sealed class EnvironmentTests
{
    [Fact]
    public void CCTL_names_an_executable_file()
    {
        Assert.True(Path.IsPathFullyQualified(Cctl.Executable), Cctl.Executable);
        Assert.True(File.GetUnixFileMode(Cctl.Executable).HasFlag(UnixFileMode.UserExecute), Cctl.Executable);
    }

    [Fact]
    public void The_tests_run_as_root() => Assert.Equal("0", Command.Run("id", "-u").MustSucceed().Text);

    [Fact]
    public void A_cgroup2_file_system_is_mounted() =>
        Assert.Contains(File.ReadLines("/proc/self/mountinfo"), line => line.Contains(" - cgroup2 ", StringComparison.Ordinal));

    [Theory]
    [InlineData("runc")]
    [InlineData("crun")]
    [InlineData("strace")]
    [InlineData("unshare")]
    [InlineData("ip")]
    [InlineData("newuidmap")]
    [InlineData("busybox")]
    public void A_program_that_tests_use_is_installed(string program) =>
        Assert.NotEmpty(Command.Run("sh", "-c", $"command -v {program}").MustSucceed().Text);

    [Fact]
    [VmOnly]
    public void Every_controller_that_limits_use_is_on_cgroup_v2()
    {
        string[] controllers = File.ReadAllText("/sys/fs/cgroup/cgroup.controllers").Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        Assert.Superset(new HashSet<string> { "cpuset", "cpu", "io", "memory", "hugetlb", "pids" }, controllers.ToHashSet());
    }

    [Fact]
    [VmOnly]
    public void Process_1_is_systemd() => Assert.Equal("systemd", File.ReadAllText("/proc/1/comm").TrimEnd());

    [Fact]
    [VmOnly]
    public void Systemd_answers_on_the_bus() =>
        Assert.Contains("org.freedesktop.systemd1", Command.Run("busctl", "--no-pager", "list", "--acquired").MustSucceed().Stdout, StringComparison.Ordinal);

    [Fact]
    [VmOnly]
    public void AppArmor_is_enforced_by_the_kernel() => Assert.Equal("Y", File.ReadAllText("/sys/module/apparmor/parameters/enabled").TrimEnd());

    [Fact]
    [VmOnly]
    public void A_scratch_disk_is_mounted_at_data() =>
        Assert.Contains(File.ReadLines("/proc/self/mounts"), line => line.StartsWith("/dev/vdb /data ext4 rw", StringComparison.Ordinal));

    [Theory]
    [VmOnly]
    [InlineData("dockerd")]
    [InlineData("containerd")]
    [InlineData("podman")]
    [InlineData("conmon")]
    [InlineData("criu")]
    [InlineData("slirp4netns")]
    [InlineData("fuse-overlayfs")]
    [InlineData("iptables")]
    [InlineData("nft")]
    public void A_program_of_the_container_stacks_is_installed(string program) =>
        Assert.NotEmpty(Command.Run("sh", "-c", $"command -v {program}").MustSucceed().Text);
}
