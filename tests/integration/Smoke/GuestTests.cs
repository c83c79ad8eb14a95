using Integration.Tests.Harness;

namespace Integration.Tests.Smoke;

/// <summary>The published executable runs a guest here at all.</summary>
public sealed class GuestTests
{
    [Fact]
    public void A_guest_is_process_1_with_a_host_name_of_its_own_and_its_exit_status_comes_back()
    {
        using var cctl = new Cctl();
        using Bundle bundle = Bundle.Script("echo $$; hostname; exit 7");
        Assert.Equal(["1", "guest"], cctl.RunBundle(bundle).MustExit(7).Lines);
        Assert.Empty(Directory.GetFileSystemEntries(cctl.StateRoot));
    }

    [Fact]
    public void The_executable_carries_a_root_file_system_that_runs()
    {
        using var cctl = new Cctl();
        using var directory = new TempDir();
        cctl.Run("spec", "--rootfs", "--bundle", directory.Path).MustSucceed();
        string config = directory["config.json"];
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"terminal\": true", "\"terminal\": false", StringComparison.Ordinal));
        Command run = cctl.Command("run", "--bundle", directory.Path, Cctl.NewId());
        using RunningCommand guest = run.Start();
        guest.Write("cat /etc/os-release; exit 3\n");
        Assert.Contains("ID=cctl-busybox", guest.Wait(Place.Deadline(20)).MustExit(3).Lines);
    }
}
