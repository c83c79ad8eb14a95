using System.Globalization;
using Integration.Tests.Harness;

namespace Integration.Tests.Security.FromAuthor;

/// <summary>The words of `exec` that somebody else may have written: a working directory, a user, groups.</summary>
public sealed class ExecWordsTests(RunningGuest guest) : IClassFixture<RunningGuest>
{
    /// <summary>CVE-2024-21626, its second way in: `exec --cwd`.</summary>
    [Fact]
    public void A_working_directory_below_an_fd_of_the_runtime_never_leads_to_the_host()
    {
        string secret = guest.Host.WriteFile("secret", "secret of the host");
        for (int fd = 3; fd <= 25; fd += Place.IsVm && fd is >= 12 and < 20 ? 8 : 1)
        {
            string cwd = "/proc/self/fd/" + fd.ToString(CultureInfo.InvariantCulture);
            CommandResult result = new Command("/bin/bash", "-c", $"exec 20<'{guest.Host.Path}' && exec \"$@\"", "bash", Cctl.Executable, "--root", guest.Cctl.StateRoot, "exec", "--cwd", cwd, guest.Id, "sh", "-c", $"pwd; cat secret ../secret ../../../../../../..{secret}").Run();
            Assert.False(result.Stdout.Contains("secret of the host", StringComparison.Ordinal), $"{cwd}: {result.Stdout}");
            // One of them is the guest's own root, for which the runtime holds an fd.
            Assert.True(result.ExitCode == 255 || result.Lines is ["/"], $"{cwd}: exit status {result.ExitCode}: {result.Stdout}{result.Stderr}");
        }
    }

    /// <summary>crun CVE-2026-30892, containerd CVE-2024-40635.</summary>
    [Theory]
    [InlineData("4294967295")]
    [InlineData("4294967296")]
    [InlineData("18446744073709551616")]
    [InlineData("-1")]
    [InlineData("+0")]
    [InlineData("0x0")]
    [InlineData("00000000000000000000x")]
    [InlineData("1000:4294967296")]
    [InlineData("1000:-1")]
    [InlineData("1000:")]
    [InlineData(":0")]
    [InlineData("")]
    public void A_user_that_is_no_number_of_32_bits_does_not_become_root(string user)
    {
        CommandResult result = guest.Cctl.Run("exec", "--user", user, guest.Id, "id").MustExit(255);
        Assert.Empty(result.Stdout);
        Assert.Contains("--user", result.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("4294967296")]
    [InlineData("-1")]
    public void A_group_that_is_no_number_of_32_bits_is_refused(string group) =>
        Assert.Empty(guest.Cctl.Run("exec", "--additional-gids", group, guest.Id, "id").MustExit(255).Stdout);
}
