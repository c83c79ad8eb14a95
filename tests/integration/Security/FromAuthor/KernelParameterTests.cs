using Integration.Tests.Harness;

namespace Integration.Tests.Security.FromAuthor;

/// <summary>A kernel parameter that is not the guest's own.</summary>
public sealed class KernelParameterTests : IDisposable
{
    private readonly Cctl _cctl = new();

    [Theory]
    [InlineData("kernel.panic", "1")]
    [InlineData("vm.overcommit_memory", "1")]
    [InlineData("kernel/core_pattern", "|/bin/sh")]
    [InlineData("net.../.../kernel/panic", "1")]
    [InlineData("kernel.shm/../panic", "1")]
    public void A_kernel_parameter_of_the_host_is_refused(string name, string value)
    {
        string panic = File.ReadAllText("/proc/sys/kernel/panic");
        string pattern = File.ReadAllText("/proc/sys/kernel/core_pattern");
        using var bundle = new Bundle("/bin/true");
        bundle.With(c => c.Linux!.Sysctl = new() { [name] = value });
        CommandResult result = _cctl.RunBundle(bundle).MustExit(1);
        Assert.Contains("/linux/sysctl", result.Stderr, StringComparison.Ordinal);
        Assert.Equal(panic, File.ReadAllText("/proc/sys/kernel/panic"));
        Assert.Equal(pattern, File.ReadAllText("/proc/sys/kernel/core_pattern"));
    }

    [Theory]
    [InlineData("network", "net.ipv4.ip_forward", "1")]
    [InlineData("ipc", "kernel.shmmax", "1")]
    [InlineData("uts", "kernel.domainname", "taken")]
    public void A_kernel_parameter_of_a_namespace_that_the_guest_shares_is_refused(string type, string name, string value)
    {
        using var bundle = new Bundle("/bin/true");
        bundle.With(c =>
        {
            c.Linux!.Namespaces!.RemoveAll(n => n.Type == type);
            c.Linux.Sysctl = new() { [name] = value };
            c.Hostname = type == "uts" ? null : c.Hostname;
        });
        Assert.Contains("/linux/sysctl", _cctl.RunBundle(bundle).MustExit(1).Stderr, StringComparison.Ordinal);
    }

    public void Dispose() => _cctl.Dispose();
}
