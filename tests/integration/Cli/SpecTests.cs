using System.Text.Json;
using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Cli;

public sealed class SpecTests
{
    [Fact]
    public void Spec_writes_a_valid_config_and_does_not_overwrite_one()
    {
        using var directory = new TempDir();
        new Command(Cctl.Executable, "spec") { Directory = directory.Path }.Run().MustSucceed();
        byte[] written = File.ReadAllBytes(directory["config.json"]);
        RuntimeConfig config = ConfigFile.Parse(written);
        Assert.Equal("1.3.0", config.OciVersion);
        Assert.True(config.Process!.Terminal);
        Assert.Equal(["sh"], config.Process.Args);
        Assert.Equal(["pid", "ipc", "uts", "mount", "cgroup", "network"], config.Linux!.Namespaces!.Select(n => n.Type));
        CommandResult again = new Command(Cctl.Executable, "spec") { Directory = directory.Path }.Run().MustExit(1);
        Assert.Contains("it is there already", again.Stderr, StringComparison.Ordinal);
        Assert.Equal(written, File.ReadAllBytes(directory["config.json"]));
    }

    [Fact]
    public void Spec_for_a_user_without_root_maps_that_user_and_shares_the_network()
    {
        using var directory = new TempDir();
        Command.Run(Cctl.Executable, "spec", "--rootless", "--bundle", directory.Path).MustSucceed();
        RuntimeConfig config = ConfigFile.Parse(File.ReadAllBytes(directory["config.json"]));
        Assert.Contains(config.Linux!.Namespaces!, n => n.Type == "user");
        Assert.DoesNotContain(config.Linux.Namespaces!, n => n.Type == "network");
        Assert.Equal(0u, config.Linux.UidMappings!.Single().HostID);
        Assert.Null(config.Linux.Resources);
    }

    [Fact]
    public void Spec_with_a_command_runs_that_without_a_terminal()
    {
        using var cctl = new Cctl();
        using var directory = new TempDir();
        Command.Run(Cctl.Executable, "spec", "--rootfs", "--bundle", directory.Path, "--", "sh", "-c", "tty; exit 4").MustSucceed();
        CommandResult result = new Command(Cctl.Executable, "--root", cctl.StateRoot, "run", Cctl.NewId()) { Directory = directory.Path }.Run().MustExit(4);
        Assert.Equal("not a tty", result.Text);
    }

    [Fact]
    public void Spec_with_its_root_file_system_is_a_bundle_that_runs()
    {
        using var cctl = new Cctl();
        using var directory = new TempDir();
        Command.Run(Cctl.Executable, "spec", "--rootfs", "--bundle", directory.Path).MustSucceed();
        CommandResult result = new Command(Cctl.Executable, "--root", cctl.StateRoot, "run", Cctl.NewId())
        {
            Directory = directory.Path,
            Input = "hostname; stat -c '%a %u' /root /tmp; exit 3\n",
        }.Run().MustExit(3);
        Assert.Contains("cctl\n", result.Stdout, StringComparison.Ordinal);
        Assert.Contains("700 0\n1777 0", result.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public void Explain_shows_each_call_with_the_place_that_wants_it_and_does_nothing()
    {
        using var bundle = new Bundle("/bin/true");
        string text = Command.Run(Cctl.Executable, "explain", "--bundle", bundle.Path).MustSucceed().Stdout;
        Assert.Contains("in the runtime, before clone3:", text, StringComparison.Ordinal);
        Assert.Contains("/mounts/0: mount proc on /proc", text, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(Command.Run(Cctl.Executable, "explain", "--json", "--bundle", bundle.Path).MustSucceed().Stdout);
        int number = 0;
        foreach (JsonElement line in json.RootElement.EnumerateArray())
        {
            Assert.Equal(number++, line.GetProperty("number").GetInt32());
            Assert.Contains(line.GetProperty("where").GetString(), (string[])["runtime", "guest"]);
            Assert.True(line.GetProperty("pointer").GetString()!.Length == 0 || line.GetProperty("pointer").GetString()![0] == '/');
        }

        Assert.True(number > 50);
    }

    [Fact]
    public void Explain_shows_the_filter_and_obeys_the_options_of_create()
    {
        using Bundle bundle = new Bundle("/bin/true").With(c => c.Linux!.Seccomp = new() { DefaultAction = "SCMP_ACT_ALLOW", Syscalls = [new() { Names = ["mount"], Action = "SCMP_ACT_ERRNO" }] });
        string text = Command.Run(Cctl.Executable, "explain", "--bundle", bundle.Path).MustSucceed().Stdout;
        Assert.Matches(@"/linux/seccomp: load the filter\n +\d+  seccomp\(", text);
        Assert.Contains("pivot_root", text, StringComparison.Ordinal);
        Assert.Contains("keyctl", text, StringComparison.Ordinal);
        string without = Command.Run(Cctl.Executable, "explain", "--no-pivot", "--no-new-keyring", "--bundle", bundle.Path).MustSucceed().Stdout;
        Assert.Matches(@"pivot_root\(.*EINVAL(.|\n)*chroot\(", without);
        Assert.DoesNotContain("keyctl", without, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/ociVersion")]
    [InlineData("/process/cwd")]
    [InlineData("/linux/seccomp/syscalls/0/action")]
    [InlineData("/mounts/7/options")]
    public void Explain_refuses_what_create_refuses_with_the_same_words(string pointer)
    {
        using var cctl = new Cctl();
        using Bundle bundle = new Bundle("/bin/true").With(c =>
        {
            c.OciVersion = pointer == "/ociVersion" ? null : c.OciVersion;
            c.Process!.Cwd = pointer == "/process/cwd" ? "relative" : "/";
            c.Linux!.Seccomp = pointer.StartsWith("/linux", StringComparison.Ordinal) ? new() { DefaultAction = "SCMP_ACT_ALLOW", Syscalls = [new() { Names = ["read"], Action = "SCMP_ACT_MAYBE" }] } : null;
            c.Mounts!.Add(new() { Destination = "/mnt", Type = "bind", Source = "/", Options = pointer.StartsWith("/mounts", StringComparison.Ordinal) ? ["bind", "idmap"] : ["bind"] });
        });
        string created = cctl.Run("create", "--bundle", bundle.Path, Cctl.NewId()).MustExit(1).Stderr;
        Assert.Contains(pointer, created, StringComparison.Ordinal);
        Assert.Equal(created, Command.Run(Cctl.Executable, "explain", "--bundle", bundle.Path).MustExit(1).Stderr);
    }

    [Fact]
    public void A_config_that_is_no_bundles_does_not_make_a_word_an_id()
    {
        using var cctl = new Cctl();
        using var directory = new TempDir();
        directory.WriteFile("config.json", """{ "version": "2" }""");
        CommandResult result = new Command(Cctl.Executable, "--root", cctl.StateRoot, "run", Cctl.NewId()) { Directory = directory.Path }.Run().MustExit(1);
        Assert.Contains("./config.json is not an OCI config (it has no ociVersion)", result.Stderr, StringComparison.Ordinal);
    }
}
