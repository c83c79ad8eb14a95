using Integration.Tests.Harness;
using OciSpec;
using Runtime.Linux;

namespace Integration.Tests.Security.FromGuest;

/// <summary>CVE-2021-30465: a mount target is exchanged for a symbolic link between check and use.</summary>
public sealed class SymlinkRaceTests
{
    private const int Launches = 30;

    [Fact]
    public void A_target_that_another_process_keeps_exchanging_never_leads_out_of_the_root()
    {
        using var cctl = new Cctl();
        using var host = new TempDir();
        Directory.CreateDirectory(host["inner"]);
        using var bundle = new Bundle("/bin/true");
        string shared = Path.Combine(bundle.Rootfs, "shared");
        Directory.CreateDirectory(Path.Combine(shared, "directory/inner"));
        // The link's text leads out for whoever resolves it on the host, and for whoever takes a part of the path twice.
        File.CreateSymbolicLink(Path.Combine(shared, "link"), host.Path);
        bundle.With(c =>
        {
            c.Mounts!.Add(new Mount { Destination = "/shared/directory/inner", Type = "tmpfs", Source = "tmpfs" });
            c.Mounts!.Add(new Mount { Destination = "/shared/directory/made/deep", Type = "tmpfs", Source = "tmpfs" });
            c.Linux!.Devices = [new LinuxDevice { Path = "/shared/directory/device", Type = "c", Major = 1, Minor = 3 }];
        });

        int succeeded = 0;
        WhileSwapping(shared, "directory", "link", () =>
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
        });

        Assert.True(Place.IsVm || succeeded > 0, "no launch succeeded: the race was not run to its end once");
    }

    /// <summary>The other places of the config that name a path inside the root: masked, read-only, the working directory, proc, the terminal.</summary>
    [Fact]
    public void Other_paths_that_are_exchanged_meanwhile_lead_nowhere_else_either()
    {
        using var cctl = new Cctl();
        using var host = new TempDir();
        host.WriteFile("inner/secret", "secret of the host");
        using Bundle bundle = Bundle.Script("cat secret ../inner/secret; echo x >/shared/directory/inner/secret");
        string shared = Path.Combine(bundle.Rootfs, "shared");
        Directory.CreateDirectory(Path.Combine(shared, "directory/inner"));
        File.WriteAllText(Path.Combine(shared, "directory/inner/secret"), "of the image");
        File.CreateSymbolicLink(Path.Combine(shared, "link"), host.Path);
        bundle.With(c =>
        {
            c.Linux!.MaskedPaths = ["/shared/directory/inner/secret", "/shared/directory/inner"];
            c.Linux.ReadonlyPaths = ["/shared/directory/inner", "/shared/directory"];
            c.Process!.Cwd = "/shared/directory/inner";
            c.Mounts!.Add(new Mount { Destination = "/shared/directory/inner/proc", Type = "proc", Source = "proc" });
            c.Mounts!.Add(new Mount { Destination = "/shared/directory/file", Type = "bind", Source = bundle["config.json"], Options = ["bind"] });
        });
        WhileSwapping(shared, "directory", "link", () =>
        {
            for (int i = 0; i < (Place.IsVm ? 5 : Launches); i++)
            {
                CommandResult result = cctl.RunBundle(bundle);
                Assert.DoesNotContain("secret of the host", result.Stdout, StringComparison.Ordinal);
                Assert.Equal([host["inner"]], Directory.GetFileSystemEntries(host.Path));
                Assert.Equal("secret of the host", File.ReadAllText(host["inner/secret"]));
                Assert.Single(Directory.GetFileSystemEntries(host["inner"]));
                Assert.Empty(host.Mounts());
            }
        });
    }

    /// <summary>CVE-2025-31133, CVE-2025-52565: what an image calls a device is exchanged for a link while it is looked at.</summary>
    [Theory]
    [InlineData("console")]
    [InlineData("null")]
    [InlineData("pts")]
    [InlineData("fd")]
    public void A_device_that_is_exchanged_meanwhile_is_never_a_file_of_the_host(string name)
    {
        using var cctl = new Cctl();
        using var host = new TempDir();
        host.WriteFile("victim", "of the host");
        using Bundle bundle = Bundle.Script($"echo written >/dev/{name}; head -c 1 /proc/kcore | wc -c").With(c =>
        {
            c.Mounts!.RemoveAll(m => m.Destination!.StartsWith("/dev", StringComparison.Ordinal));
            c.Mounts.Add(new Mount { Destination = "/dev/pts", Type = "devpts", Source = "devpts", Options = ["newinstance", "ptmxmode=0666"] });
            c.Process!.Terminal = true;
            c.Process.User = new() { Uid = 1000, Gid = 1000 };
        });
        string dev = Path.Combine(bundle.Rootfs, "dev");
        Directory.CreateDirectory(Path.Combine(dev, "pts"));
        File.WriteAllText(Path.Combine(dev, "console"), "");
        File.CreateSymbolicLink(Path.Combine(dev, "fd"), "/proc/self/fd");
        Assert.Equal(0, Mono.Unix.Native.Syscall.mknod(Path.Combine(dev, "null"), Mono.Unix.Native.FilePermissions.S_IFCHR | (Mono.Unix.Native.FilePermissions)0b110_110_110, (1 << 8) | 3));
        File.CreateSymbolicLink(Path.Combine(dev, "evil"), name == "pts" ? host.Path : host["victim"]);
        string command = $"{Cctl.Executable} --root {cctl.StateRoot} run --bundle {bundle.Path} ";
        WhileSwapping(dev, name, "evil", () =>
        {
            for (int i = 0; i < (Place.IsVm ? 3 : Launches / 3); i++)
            {
                Command.Run("script", "-qec", command + Cctl.NewId(), "/dev/null");
                Assert.Equal("of the host", File.ReadAllText(host["victim"]));
                Assert.Equal([host["victim"]], Directory.GetFileSystemEntries(host.Path));
                Assert.Equal(0, Mono.Unix.Native.Syscall.stat(host["victim"], out Mono.Unix.Native.Stat stat));
                Assert.Equal(0u, stat.st_uid);
                Assert.Empty(host.Mounts());
            }
        });
    }

    private static void WhileSwapping(string directory, string one, string other, Action action)
    {
        using var stop = new CancellationTokenSource();
        var swapper = new Thread(() => Swap(directory, one, other, stop.Token));
        swapper.Start();
        try
        {
            action();
        }
        finally
        {
            stop.Cancel();
            swapper.Join();
        }
    }

    private static void Swap(string directory, string one, string other, CancellationToken stop)
    {
        using Fd dir = Sys.OpenAt(Abi.AT_FDCWD, directory, Abi.O_RDONLY | Abi.O_DIRECTORY);
        while (!stop.IsCancellationRequested)
        {
            Sys.TryRenameAt2(dir.Number, one, dir.Number, other, Abi.RENAME_EXCHANGE);
        }
    }
}
