using Integration.Tests.Harness;
using Mono.Unix.Native;

namespace Integration.Tests.Security.FromImage;

/// <summary>What an image has in the place of /dev/console, onto which the terminal is mounted.</summary>
public sealed class ConsoleTests
{
    [Theory]
    [InlineData("fifo")]
    [InlineData("device")]
    [InlineData("file")]
    [InlineData("nothing")]
    public void It_is_covered_without_being_opened(string kind)
    {
        using var cctl = new Cctl();
        using Bundle bundle = Bundle.Script("stat -c %F /dev/console; echo shown >/dev/console").With(c =>
        {
            c.Process!.Terminal = true;
            c.Mounts!.RemoveAll(m => m.Destination == "/dev");
        });
        string console = Path.Combine(bundle.Rootfs, "dev/console");
        switch (kind)
        {
            case "fifo":
                Assert.Equal(0, Syscall.mkfifo(console, (FilePermissions)0b110_110_110));
                break;
            case "device":
                // Without a driver: whoever opens it is told so.
                Assert.Equal(0, Syscall.mknod(console, FilePermissions.S_IFCHR | (FilePermissions)0b110_110_110, (240 << 8) | 99));
                break;
            case "file":
                File.WriteAllText(console, "");
                break;
        }

        CommandResult result = Command.Run("script", "-qec", $"{Cctl.Executable} --root {cctl.StateRoot} run --bundle {bundle.Path} {Cctl.NewId()}", "/dev/null");

        // script(1) shows the end of its own input as ^@, anywhere.
        Assert.Equal("character special file\r\nshown\r\n", result.Stdout.Replace("^@", string.Empty, StringComparison.Ordinal));
    }
}
