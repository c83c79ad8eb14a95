using Integration.Tests.Harness;

namespace Integration.Tests.Processes;

/// <summary>keyrings(7): what a caller keeps in its session keyring is no guest's to read, in whichever way a process gets there.</summary>
public sealed class KeyringTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void First_and_later_processes_have_the_containers_session_keyring(bool userNamespace)
    {
        using var cctl = new Cctl();
        using var bundle = new Bundle("/bin/sh", "-c", "/keyring >/tmp/first; sleep 1000");
        Prepare(bundle, userNamespace);
        string id = Cctl.NewId();
        cctl.Run("run", "--detach", "--bundle", bundle.Path, id).MustSucceed();
        string later = cctl.Run("exec", id, "/keyring").MustSucceed().Text;
        Assert.Contains($";_ses.{id}.", later, StringComparison.Ordinal);
        // The fields are type, owner, group, permissions and name: the same keyring, not another of that name.
        Assert.Equal("1", cctl.Run("exec", id, "grep", "-c", "_ses." + id, "/proc/keys").MustSucceed().Text);
        Eventually.True(() => File.ReadAllText(Path.Combine(bundle.Rootfs, "tmp/first")) == later + "\n", Place.Deadline(10), () => File.ReadAllText(Path.Combine(bundle.Rootfs, "tmp/first")) + " is not " + later);
    }

    [Fact]
    public void With_no_new_keyring_all_of_them_keep_their_callers()
    {
        using var cctl = new Cctl();
        using var bundle = new Bundle("/bin/sleep", "1000");
        Prepare(bundle, userNamespace: false);
        string id = Cctl.NewId();
        cctl.Run("run", "--detach", "--no-new-keyring", "--bundle", bundle.Path, id).MustSucceed();
        string own = Command.Run(Program).MustSucceed().Text;
        Assert.Equal(own, cctl.Run("exec", id, "/keyring").MustSucceed().Text);
        bundle.With(c => c.Process!.Args = ["/keyring"]);
        Assert.Equal(own, cctl.RunBundle(bundle, "--no-new-keyring").MustSucceed().Text);
    }

    private static string Program => Path.Combine(AppContext.BaseDirectory, "keyring");

    private static void Prepare(Bundle bundle, bool userNamespace)
    {
        ProgramFiles.Copy(Program, Path.Combine(bundle.Rootfs, "keyring"));
        bundle.With(c => c.Linux!.MaskedPaths = []);
        if (userNamespace)
        {
            bundle.InUserNamespace();
        }
    }
}
