using Integration.Tests.Harness;

namespace Integration.Tests.Security.FromAuthor;

/// <summary>Annotations that become properties of the container's unit must not undo what the runtime sets.</summary>
[VmOnly]
public sealed class AnnotationTests
{
    [Theory]
    [InlineData("PIDs", "@au [1]")]
    [InlineData("Slice", "'user.slice'")]
    [InlineData("Delegate", "false")]
    [InlineData("DevicePolicy", "'auto'")]
    [InlineData("MemoryMax", "uint64 18446744073709551615")]
    [InlineData("MemoryMaxScale", "uint32 4294967295")]
    [InlineData("MemoryAccounting", "false")]
    public void Each_is_refused_at_its_place(string property, string value)
    {
        using var cctl = new Cctl();
        string key = "org.systemd.property." + property;
        using Bundle bundle = new Bundle("/bin/true").With(c =>
        {
            c.Linux!.Resources = new() { Memory = new() { Limit = 64 << 20 } };
            c.Annotations = new() { [key] = value };
        });
        CommandResult result = cctl.Run("--systemd-cgroup", "run", "--bundle", bundle.Path, Cctl.NewId()).MustExit(1);
        Assert.Contains($"/annotations/{key}: ", result.Stderr, StringComparison.Ordinal);
        Assert.Contains(property, result.Stderr, StringComparison.Ordinal);
    }
}
