using Integration.Tests.Harness;
using Integration.Tests.Images.Registry;

namespace Integration.Tests.Images;

/// <summary>Images of an ordinary user: in its own store, by its subordinate ids, and removed by it.</summary>
[HostOnly]
public sealed class OrdinaryUserTests : IDisposable
{
    private readonly TempDir _directory = new();

    public OrdinaryUserTests()
    {
        _directory.WriteFile("tree/file", "content");
        Command.Run("bash", "-c", "cd \"$1\" && chown 33:44 tree/file && chmod 4755 tree/file && mkdir -m 0700 tree/closed && chown 5:6 tree/closed && mknod tree/null c 1 3 && tar -C tree -cf tree.tar . && chmod 644 tree.tar", "-", _directory.Path).MustSucceed();
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Files_belong_to_the_users_subordinate_ids_and_the_user_removes_them()
    {
        using var user = new UserAccount(subordinateIds: true);
        CommandResult imported = Run(user, "import", _directory["tree.tar"], "app").MustSucceed();
        Assert.Contains("1 device nodes are left out: only root can make them", imported.Stderr, StringComparison.Ordinal);
        string file = Assert.Single(Directory.GetFiles(user.Home + "/.local/share/cctl/layers", "file", SearchOption.AllDirectories));
        (uint uids, _) = user.Range("/etc/subuid");
        (uint gids, _) = user.Range("/etc/subgid");
        Assert.Equal($"{uids + 32}:{gids + 43} 4755", Command.Run("stat", "-c", "%u:%g %a", file).MustSucceed().Text);
        Assert.Equal("app", Run(user, "images", "--format", "{{.Repository}}").MustSucceed().Text);
        Assert.Contains("1 layers, 0 damaged", Run(user, "system", "check").MustSucceed().Stdout, StringComparison.Ordinal);
        Run(user, "rmi", "app").MustSucceed();
        Assert.Empty(Directory.GetFiles(user.Home + "/.local", "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void An_image_of_a_registry_is_pulled_and_pushed_by_the_user()
    {
        using var user = new UserAccount(subordinateIds: true);
        using var registry = new DockerRegistry();
        Run(user, "import", _directory["tree.tar"], $"{registry.Host}/app:1").MustSucceed();
        Run(user, "push", $"{registry.Host}/app:1").MustSucceed();
        Run(user, "rmi", $"{registry.Host}/app:1").MustSucceed();
        Run(user, "pull", $"{registry.Host}/app:1").MustSucceed();
        Assert.Contains("1 layers, 0 damaged", Run(user, "system", "check").MustSucceed().Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public void A_container_of_the_users_has_its_subordinate_ids_and_goes_with_what_it_made()
    {
        using var user = new UserAccount(subordinateIds: true);
        string root = _directory["root"];
        Busybox.MakeRoot(root);
        Command.Run("bash", "-c", "tar -C \"$1\" -cf \"$1.tar\" . && chmod 644 \"$1.tar\"", "-", root).MustSucceed();
        Run(user, "import", root + ".tar", "app").MustSucceed();
        Assert.Equal("0 33 44", Run(user, "run", "--name", "one", "app", "sh", "-c", "touch /made; chown 33:44 /made; rm -r /var; mkdir /var; echo $(id -u) $(stat -c '%u %g' /made)").MustSucceed().Text);
        Assert.Equal("one", Run(user, "ps", "-a", "--format", "{{.Names}}").MustSucceed().Text);
        Run(user, "rm", "one").MustSucceed();
        Assert.Empty(Directory.GetFileSystemEntries(user.Home + "/.local/share/cctl/containers"));
    }

    [Fact]
    public void Without_subordinate_ids_the_way_out_is_said()
    {
        using var user = new UserAccount(subordinateIds: false);
        CommandResult refused = Run(user, "import", _directory["tree.tar"], "app").MustExit(1);
        Assert.Contains("/etc/subuid has no ids for", refused.Stderr, StringComparison.Ordinal);
        Assert.Contains("usermod --add-subuids", refused.Stderr, StringComparison.Ordinal);
        Assert.Single(refused.Stderr.TrimEnd().Split('\n'));
    }

    private static CommandResult Run(UserAccount user, params string[] arguments) =>
        user.Command(["env", $"HOME={user.Home}", Cctl.Executable, .. arguments]).Run();
}
