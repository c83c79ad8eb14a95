using System.Text.Json;
using Integration.Tests.Harness;

namespace Integration.Tests.Cli;

/// <summary>`features` as a caller reads it; the unit tests hold each list against the code.</summary>
public sealed class FeaturesCommandTests
{
    [Fact]
    public void The_document_has_the_version_and_every_property()
    {
        using var json = JsonDocument.Parse(Command.Run(Cctl.Executable, "features").MustSucceed().Stdout);
        JsonElement linux = json.RootElement.GetProperty("linux");
        string version = Command.Run(Cctl.Executable, "--version").MustSucceed().Lines[0];
        Assert.EndsWith(json.RootElement.GetProperty("annotations").GetProperty("io.cctl.version").GetString()!, version, StringComparison.Ordinal);
        Assert.Equal(["1.0.0", "1.3.0"], (string[])[json.RootElement.GetProperty("ociVersionMin").GetString()!, json.RootElement.GetProperty("ociVersionMax").GetString()!]);

        // What containerd asks for before it makes idmapped mounts.
        Assert.True(linux.GetProperty("mountExtensions").GetProperty("idmap").GetProperty("enabled").GetBoolean());
        Assert.False(linux.GetProperty("cgroup").GetProperty("v1").GetBoolean());
        Assert.True(linux.GetProperty("seccomp").GetProperty("supportedFlags").GetArrayLength() >= 3);
        Assert.Equal(
            ["apparmor", "capabilities", "cgroup", "intelRdt", "memoryPolicy", "mountExtensions", "namespaces", "netDevices", "seccomp", "selinux"],
            linux.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
    }

    /// <summary>Each mount option that is named is taken by a bind mount or a tmpfs, and is not handed to the filesystem.</summary>
    [Fact]
    public void Every_mount_option_that_is_listed_can_be_used()
    {
        using var json = JsonDocument.Parse(Command.Run(Cctl.Executable, "features").MustSucceed().Stdout);
        using var cctl = new Cctl();
        using Bundle bundle = new Bundle("/bin/true").InUserNamespace();
        using var source = new TempDir("/var/lib"); // Before Linux 6.3 a tmpfs cannot be idmapped.
        string[] options = [.. json.RootElement.GetProperty("mountOptions").EnumerateArray().Select(o => o.GetString()!)];
        Assert.True(options.Length > 50);
        string[] filesystems = ["async", "dirsync", "lazytime", "mand", "nolazytime", "nomand", "sync", "tmpcopyup"];
        bundle.With(c =>
        {
            foreach (string option in options.Where(o => o != "remount"))
            {
                c.Mounts!.Add(filesystems.Contains(option)
                    ? new() { Destination = "/mnt/" + option, Type = "tmpfs", Source = "tmpfs", Options = [option] }
                    : new() { Destination = "/mnt/" + option, Type = "bind", Source = source.Path, Options = ["bind", option] });
            }
        });
        cctl.RunBundle(bundle).MustSucceed();
    }
}
