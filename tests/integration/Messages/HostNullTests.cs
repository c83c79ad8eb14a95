using Integration.Tests.Harness;
using Integration.Tests.Security;

namespace Integration.Tests.Messages;

/// <summary>
/// A host whose /dev/null is missing, a file, another device or a link: a container that has nodes of its own does without,
/// and where the host's is all that there is, the message names that and not the root filesystem.
/// </summary>
[HostOnly]
public sealed class HostNullTests
{
    private const string Missing = "rm /dev/null";
    private const string File = "rm /dev/null && echo text > /dev/null";
    private const string Zero = "rm /dev/null && mknod -m 666 /dev/null c 1 5";
    private const string Link = "ln -sf zero /dev/null";

    [Theory]
    [InlineData(Missing)]
    [InlineData(File)]
    [InlineData(Zero)]
    [InlineData(Link)]
    public void The_hosts_root_needs_none(string prepare)
    {
        using var host = new PrivateHost(prepare);
        using var cctl = new Cctl();
        using Bundle own = Bundle.Script("stat -c '%F %t %T' /dev/null && stat -c %s /etc/passwd").With(c => c.Linux!.MaskedPaths = ["/etc/passwd"]);
        foreach (Bundle bundle in (Bundle[])[own, own.InUserNamespace()])
        {
            Assert.Equal(["character special file 1 3", "0"], Run(host, cctl, bundle).MustSucceed().Lines);
        }
    }

    [Theory]
    [InlineData(Missing, "open the host's /dev/null (open_tree): ENOENT: the host's /dev/null is missing")]
    [InlineData(File, "open the host's /dev/null: EEXIST: the host's /dev/null is not the device that it should be")]
    [InlineData(Zero, "open the host's /dev/null: EEXIST: the host's /dev/null is not the device that it should be")]
    [InlineData(Link, "open the host's /dev/null: EEXIST: the host's /dev/null is not the device that it should be")]
    public void An_ordinary_user_is_told_that_it_is_the_hosts(string prepare, string message)
    {
        using var host = new PrivateHost(prepare);
        using var user = new UserAccount(subordinateIds: true);
        using var bundle = new Bundle("/bin/true");
        (uint first, uint size) = user.Range("/etc/subuid");
        bundle.With(c =>
        {
            Namespaces.RootlessTests.Rootless(c, user);
            // With newuidmap(1), which gets no input of the host's either.
            c.Linux!.UidMappings!.Add(new() { ContainerID = 1, HostID = first, Size = size - 1 });
        });
        user.Own(bundle.Path);
        string[] asUser = ["setpriv", "--reuid", $"{user.Uid}", "--regid", $"{user.Gid}", "--clear-groups", "--inh-caps=-all", "--"];
        CommandResult result = host.Command([.. asUser, Cctl.Executable, "--root", user.Home + "/run", "run", "--bundle", bundle.Path, Cctl.NewId()]).Run();
        Mistake.IsAnswered($"{message}: the container is given the host's: mend it there (mknod), nothing is wrong with the root filesystem", result);
    }

    private static CommandResult Run(PrivateHost host, Cctl cctl, Bundle bundle) =>
        host.Command(Cctl.Executable, "--root", cctl.StateRoot, "run", "--bundle", bundle.Path, Cctl.NewId()).Run();
}
