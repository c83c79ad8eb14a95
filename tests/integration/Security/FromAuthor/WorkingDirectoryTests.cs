using System.Globalization;
using Integration.Tests.Harness;

namespace Integration.Tests.Security.FromAuthor;

/// <summary>CVE-2024-21626: a working directory of /proc/self/fd/N leads to the host, by what the runtime or its caller has open.</summary>
public sealed class WorkingDirectoryTests : IDisposable
{
    private readonly Cctl _cctl = new();
    private readonly TempDir _host = new();

    [Fact]
    public void A_working_directory_below_an_fd_of_the_runtime_never_leads_to_the_host()
    {
        // Fd 20 is the caller's mistake; the others are whatever cctl itself has open.
        _host.WriteFile("secret", "secret of the host");
        using Bundle bundle = Bundle.Script("cat secret ../secret ../../../../../../../../etc/hostname ../../../../.." + _host["secret"] + "; pwd");
        for (int fd = 3; fd <= 40; fd++)
        {
            string cwd = "/proc/self/fd/" + fd.ToString(CultureInfo.InvariantCulture);
            bundle.With(c => c.Process!.Cwd = cwd);
            CommandResult result = Shell($"exec 20<'{_host.Path}' && exec \"$@\"", "run", "--bundle", bundle.Path, Cctl.NewId());
            Assert.False(result.Stdout.Contains("secret of the host", StringComparison.Ordinal), $"{cwd}: {result.Stdout}");
            Assert.False(result.Stdout.Contains(File.ReadAllText("/etc/hostname").TrimEnd(), StringComparison.Ordinal), $"{cwd}: {result.Stdout}");
            Assert.True(result.ExitCode == 1, $"{cwd}: exit status {result.ExitCode}: {result.Stdout}{result.Stderr}");
        }
    }

    [Fact]
    public void A_working_directory_that_is_a_link_to_an_fd_leads_nowhere_either()
    {
        _host.WriteFile("secret", "secret of the host");
        using Bundle bundle = Bundle.Script("cat secret; pwd").With(c => c.Process!.Cwd = "/link");
        File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "link"), "/proc/self/fd/20");
        CommandResult result = Shell($"exec 20<'{_host.Path}' && exec \"$@\"", "run", "--bundle", bundle.Path, Cctl.NewId());
        Assert.DoesNotContain("secret of the host", result.Stdout, StringComparison.Ordinal);
        Assert.Equal(1, result.ExitCode);
    }

    public void Dispose()
    {
        _cctl.Dispose();
        _host.Dispose();
    }

    private CommandResult Shell(string script, params string[] arguments) =>
        new Command("/bin/bash", ["-c", script, "bash", Cctl.Executable, "--root", _cctl.StateRoot, .. arguments]).Run();
}
