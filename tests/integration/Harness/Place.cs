using Xunit.v3;

namespace Integration.Tests.Harness;

/// <summary>
/// Where the tests run. Every test runs in both places unless an attribute says otherwise; the other place's tests are
/// not run at all, and so are not counted as skipped.
/// </summary>
internal static class Place
{
    /// <summary>The virtual machine: cgroup v2 with every controller, systemd as process 1, AppArmor, container stacks.</summary>
    public const string Vm = "vm";

    /// <summary>The kernel of the machine that runs `make test`.</summary>
    public const string Host = "host";

    /// <summary><see cref="Vm"/> or <see cref="Host"/>, as CCTL_TEST_PLACE says; without it, the host.</summary>
    public static string Current { get; } = Environment.GetEnvironmentVariable("CCTL_TEST_PLACE") ?? Host;

    /// <summary>True in the virtual machine.</summary>
    public static bool IsVm => Current == Vm;

    /// <summary>A deadline for this place: the machine is emulated, and ten times slower and more.</summary>
    /// <param name="seconds">What is plenty on the host.</param>
    public static TimeSpan Deadline(double seconds) => TimeSpan.FromSeconds(IsVm ? seconds * 10 : seconds);
}

/// <summary>The test or class needs what only the virtual machine has: controllers, systemd, AppArmor, CAP_SYS_RESOURCE.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class VmOnlyAttribute : Attribute, ITraitAttribute
{
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("place", Place.Vm)];
}

/// <summary>
/// The test or class would say nothing under emulation, such as a comparison of times, or nothing that the host does not say
/// in a tenth of the time: it needs neither controllers nor another kernel.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class HostOnlyAttribute : Attribute, ITraitAttribute
{
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("place", Place.Host)];
}
