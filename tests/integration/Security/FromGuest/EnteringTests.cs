using Integration.Tests.Harness;
using Mono.Unix.Native;

namespace Integration.Tests.Security.FromGuest;

/// <summary>A guest that waits for the process that is going to enter it.</summary>
public sealed class EnteringTests(RunningGuest guest) : IClassFixture<RunningGuest>
{
    /// <summary>CVE-2022-29162 and its like: a capability that is asked for reaches this process, and no file that would inherit it.</summary>
    [Fact]
    public void A_capability_that_is_added_is_not_inheritable()
    {
        string[] lines = guest.Cctl.Run("exec", "--cap", "CAP_SYS_PTRACE", guest.Id, "grep", "-E", "CapInh|CapEff|CapAmb", "/proc/self/status").MustSucceed().Lines;
        Assert.Equal("CapInh:\t0000000000000000", lines[0]);
        Assert.Equal("CapAmb:\t0000000000000000", lines[2]);
        const ulong Ptrace = 1 << 19;
        Assert.NotEqual(0UL, Convert.ToUInt64(lines[1].Split('\t')[1], 16) & Ptrace);
    }

    /// <summary>The guest's list of users is the guest's to write: it must neither hang the runtime nor lead it to the host's.</summary>
    [Theory]
    [InlineData("fifo")]
    [InlineData("link")]
    [InlineData("device")]
    [InlineData("directory")]
    public void A_list_of_users_that_is_none_gives_no_user(string kind)
    {
        string passwd = Path.Combine(guest.Rootfs, "etc/passwd");
        string text = File.ReadAllText(passwd);
        File.Delete(passwd);
        try
        {
            string secret = guest.Host.WriteFile("passwd", "intruder:x:0:0::/:/bin/sh\n");
            switch (kind)
            {
                case "fifo":
                    Assert.Equal(0, Syscall.mkfifo(passwd, (FilePermissions)0b110_110_110));
                    break;
                case "link":
                    File.CreateSymbolicLink(passwd, "../../../../../.." + secret);
                    break;
                case "device":
                    Assert.Equal(0, Syscall.mknod(passwd, FilePermissions.S_IFCHR | (FilePermissions)0b110_110_110, (1 << 8) | 5));
                    break;
                default:
                    Directory.CreateDirectory(passwd);
                    break;
            }

            CommandResult result = guest.Cctl.Run("exec", "--user", "intruder", guest.Id, "id").MustExit(255);
            Assert.Contains("the guest's /etc/passwd has no user \"intruder\"", result.Stderr, StringComparison.Ordinal);
        }
        finally
        {
            Command.Run("rm", "-rf", passwd).MustSucceed();
            File.WriteAllText(passwd, text);
        }
    }

    /// <summary>CVE-2025-52565 for a later process: its terminal comes from the guest's devpts, which another guest's config may lack.</summary>
    [Theory]
    [InlineData("link")]
    [InlineData("file")]
    [InlineData("fifo")]
    public void A_terminal_multiplexer_that_is_none_is_refused(string kind)
    {
        string victim = guest.Host.WriteFile("victim", "of the host");
        using var cctl = new Cctl();
        using var bundle = new Bundle("/bin/sleep", "1000");
        bundle.With(c => c.Mounts!.RemoveAll(m => m.Destination == "/dev/pts"));
        string id = Cctl.NewId();
        cctl.Run("run", "--detach", "--bundle", bundle.Path, id).MustSucceed();
        string make = kind switch { "link" => $"ln -s ../../../../..{victim} /dev/pts/ptmx", "file" => "echo x >/dev/pts/ptmx", _ => "mkfifo /dev/pts/ptmx" };
        cctl.Run("exec", id, "sh", "-c", "mkdir -p /dev/pts; rm -f /dev/pts/ptmx; " + make).MustSucceed();
        CommandResult result = Command.Run("script", "-qec", $"{Cctl.Executable} --root {cctl.StateRoot} exec --tty {id} sh -c 'echo entered'", "/dev/null");
        Assert.DoesNotContain("entered", result.Stdout, StringComparison.Ordinal);
        Assert.Contains("/process/terminal: make a terminal", result.Stdout, StringComparison.Ordinal);
        Assert.Equal("of the host", File.ReadAllText(victim));
    }
}
