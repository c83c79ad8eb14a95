using System.Globalization;
using Integration.Tests.Harness;

namespace Integration.Tests.Reliability;

public sealed class MemoryTests
{
    // With the order of src/cctl/Functions.order a launch takes 3.7 MB, without it 5.5.
    private const int MostKilobytes = 4200;

    [Fact]
    [HostOnly] // The processor decides which variants of the C library's functions are mapped.
    public void A_launch_touches_only_the_pages_of_the_executable_that_it_needs()
    {
        using var cctl = new Cctl();
        using Bundle bundle = Bundle.Script("echo up; exec sleep 1000");
        string id = Cctl.NewId();
        using RunningCommand run = cctl.Command("run", "--bundle", bundle.Path, id).Start();
        run.WaitForOutput("up", Place.Deadline(10));
        string peak = File.ReadLines($"/proc/{run.Pid}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        int kilobytes = int.Parse(peak.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        cctl.Run("kill", id, "KILL").MustSucceed();
        run.Wait(Place.Deadline(10));
        Assert.True(kilobytes <= MostKilobytes, $"{peak}: run scripts/order-functions");
    }
}
