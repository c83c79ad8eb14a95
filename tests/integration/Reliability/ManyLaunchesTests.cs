using System.Globalization;
using Integration.Tests.Harness;

namespace Integration.Tests.Reliability;

/// <summary>Many launches, at once and in a row: all succeed, none hangs, nothing is left.</summary>
public sealed class ManyLaunchesTests : IDisposable
{
    private readonly Cctl _cctl = new();
    private readonly string _prefix = Cctl.NewId();

    /// <summary>CCTL_TEST_SOAK=1 asks for the full number; it takes minutes.</summary>
    private static bool IsSoak => Environment.GetEnvironmentVariable("CCTL_TEST_SOAK") == "1";

    [Fact]
    public void Launches_from_8_processes_at_once_all_succeed()
    {
        int launches = Place.IsVm ? 24 : 500;
        using var bundle = new Bundle("/bin/true");
        Xargs(launches, 8, bundle, "exec \"$0\" --root \"$1\" run --bundle \"$2\" \"$3-$4\"");
        Leftovers.AssertNone(_cctl.StateRoot, _prefix, bundle.Path, $"{launches} launches");
        Assert.Empty(Directory.GetFileSystemEntries(_cctl.StateRoot));
    }

    [Fact]
    public void Containers_that_are_created_started_and_deleted_at_once_do_not_disturb_each_other()
    {
        int launches = Place.IsVm ? 8 : 100;
        using var bundle = new Bundle("/bin/sleep", "1000");
        Xargs(launches, 8, bundle, "\"$0\" --root \"$1\" create --bundle \"$2\" \"$3-$4\" </dev/null && \"$0\" --root \"$1\" start \"$3-$4\" && exec \"$0\" --root \"$1\" delete --force \"$3-$4\"");
        Leftovers.AssertNone(_cctl.StateRoot, _prefix, bundle.Path, $"{launches} containers");
        Assert.Empty(Directory.GetFileSystemEntries(_cctl.StateRoot));
    }

    /// <summary>
    /// A process that clones itself while the garbage collector wants a suspension would hang for ever: the collector
    /// runs at every few kilobytes here.
    /// </summary>
    [Fact]
    public void Launches_in_a_row_under_allocation_pressure_never_hang()
    {
        int launches = IsSoak ? 10_000 : Place.IsVm ? 15 : 300;
        using var bundle = new Bundle("/bin/true");
        // A config of a megabyte: parsing it collects garbage several times before the launch.
        bundle.With(c => c.Annotations = Enumerable.Range(0, 2000).ToDictionary(i => $"org.example.{i}", _ => new string('x', 400)));
        Xargs(launches, 2, bundle, "DOTNET_GCgen0size=10000 exec timeout 30 \"$0\" --root \"$1\" run --bundle \"$2\" \"$3-$4\"");
        Leftovers.AssertNone(_cctl.StateRoot, _prefix, bundle.Path, $"{launches} launches");
    }

    [Fact]
    public void One_id_is_created_once_however_many_ask_at_the_same_time()
    {
        using var bundle = new Bundle("/bin/sleep", "1000");
        string script = $"for i in 1 2 3 4 5 6 7 8; do '{Cctl.Executable}' --root '{_cctl.StateRoot}' create --bundle '{bundle.Path}' {_prefix} </dev/null >/dev/null 2>&1 && echo created & done; wait";
        Assert.Equal("created", Command.Run("sh", "-c", script).MustSucceed().Text);
        Assert.Single(Leftovers.Processes(_prefix));
        _cctl.Run("delete", "--force", _prefix).MustSucceed();
        Leftovers.AssertNone(_cctl.StateRoot, _prefix, bundle.Path, "one id");
    }

    public void Dispose() => _cctl.Dispose();

    private void Xargs(int count, int parallel, Bundle bundle, string script)
    {
        string numbers = string.Join('\n', Enumerable.Range(1, count).Select(i => i.ToString(CultureInfo.InvariantCulture)));
        string output = bundle["output"];
        // Not a pipe of the test's: a guest could hold it open.
        CommandResult result = new Command("sh", "-c", $"exec xargs -P {parallel} -I@ sh -c '{script}' '{Cctl.Executable}' '{_cctl.StateRoot}' '{bundle.Path}' '{_prefix}' @ >'{output}' 2>&1")
        {
            Input = numbers,
            Timeout = Place.Deadline(IsSoak ? 1800 : 90),
        }.Run();
        Assert.True(result.ExitCode == 0, $"xargs: {result.ExitCode}: {File.ReadAllText(output)}");
        Assert.Equal(string.Empty, File.ReadAllText(output));
    }
}
