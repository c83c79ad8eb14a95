using Integration.Tests.Harness;
using OciSpec;
using Runtime.Linux;

namespace Integration.Tests.Security;

/// <summary>CVE-2021-30465: a mount target is exchanged for a symbolic link between check and use.</summary>
public sealed class SymlinkRaceTests
{
    private const int Launches = 60;

    [Fact]
    public void A_target_that_another_process_keeps_exchanging_never_leads_out_of_the_root()
    {
        using var cctl = new Cctl();
        using var host = new TempDir();
        Directory.CreateDirectory(host["inner"]);
        using var bundle = new Bundle("/bin/true");
        string shared = Path.Combine(bundle.Rootfs, "shared");
        Directory.CreateDirectory(Path.Combine(shared, "folder/inner"));
        // The link's text leads out for whoever resolves it on the host, and for whoever takes a part of the path twice.
        File.CreateSymbolicLink(Path.Combine(shared, "link"), host.Path);
        bundle.With(c =>
        {
            c.Mounts!.Add(new Mount { Destination = "/shared/folder/inner", Type = "tmpfs", Source = "tmpfs" });
            c.Mounts!.Add(new Mount { Destination = "/shared/folder/made/deep", Type = "tmpfs", Source = "tmpfs" });
            c.Linux!.Devices = [new LinuxDevice { Path = "/shared/folder/device", Type = "c", Major = 1, Minor = 3 }];
        });

        using var stop = new CancellationTokenSource();
        var swapper = new Thread(() => Swap(shared, stop.Token));
        swapper.Start();
        int succeeded = 0;
        try
        {
            for (int i = 0; i < (Place.IsVm ? 5 : Launches); i++)
            {
                CommandResult result = cctl.RunBundle(bundle);
                Assert.True(result.ExitCode is 0 or 1, result.Stderr);
                succeeded += result.ExitCode == 0 ? 1 : 0;
                Assert.Equal([host["inner"]], Directory.GetFileSystemEntries(host.Path));
                Assert.Empty(Directory.GetFileSystemEntries(host["inner"]));
                Assert.Empty(host.Mounts());
            }
        }
        finally
        {
            stop.Cancel();
            swapper.Join();
        }

        Assert.True(Place.IsVm || succeeded > 0, "no launch succeeded: the race was not run to its end once");
    }

    private static void Swap(string folder, CancellationToken stop)
    {
        using Fd dir = Sys.OpenAt(Abi.AT_FDCWD, folder, Abi.O_RDONLY | Abi.O_DIRECTORY);
        while (!stop.IsCancellationRequested)
        {
            Sys.TryRenameAt2(dir.Number, "folder", dir.Number, "link", Abi.RENAME_EXCHANGE);
        }
    }
}
