using Integration.Tests.Harness;

namespace Integration.Tests.Stacks;

/// <summary>podman with the page's configuration, as root and as an ordinary user of the machine.</summary>
public sealed class PodmanFixture : IDisposable
{
    /// <summary>The image to run.</summary>
    internal const string Image = "localhost/guest:1";
    private const string User = "user";
    private const string UserRun = "/run/user/1000";
    private readonly StackDirectory _directory = new("podman");
    private bool _hasUser;

    public PodmanFixture()
    {
        _directory.Write("containers.conf", IntegrationPage.Block("/etc/containers/containers.conf"));
        _directory.Write("storage.conf", $"""
            [storage]
            driver = "overlay"
            graphroot = "{_directory["root"]}"
            runroot = "/run/stack-podman"
            rootless_storage_path = "{_directory["user"]}"
            """);
        Import(Podman);
    }

    /// <summary>Writes a file into its directory.</summary>
    internal string Write(string name, string text) => _directory.Write(name, text);

    /// <summary>Runs podman as root to its end.</summary>
    internal CommandResult Podman(params string[] arguments) => Run("podman", arguments, "/root", "");

    /// <summary>Runs a podman command of root's on a terminal.</summary>
    internal CommandResult PodmanOnTerminal(string words) => Run("script", ["-qec", "podman " + words, "/dev/null"], "/root", "");

    /// <summary>Runs podman as an ordinary user, whose systemd is started first.</summary>
    internal CommandResult UserPodman(params string[] arguments)
    {
        if (!_hasUser)
        {
            _hasUser = true;
            Directory.CreateDirectory(_directory["user"]);
            Command.Run("chown", User, _directory["user"]).MustSucceed();
            Command.Run("systemctl", "start", "user@1000.service").MustSucceed();
            Command.Run("modprobe", "tun").MustSucceed();
            Import(UserPodman);
        }

        return Run("setpriv", ["--reuid", User, "--regid", User, "--init-groups", "--", "podman", .. arguments], "/home/user", UserRun);
    }

    public void Dispose()
    {
        Podman("rm", "--all", "--force", "--time", "0");
        if (_hasUser)
        {
            UserPodman("rm", "--all", "--force", "--time", "0");
            Command.Run("systemctl", "stop", "user@1000.service");
        }

        _directory.Dispose();
    }

    private static void Import(Func<string[], CommandResult> podman) =>
        podman(["import", "--quiet", "--change", "ENV " + Runtimes.GuestPath, "--change", """CMD ["/bin/sh"]""", Runtimes.RootArchive, Image]).MustSucceed();

    private CommandResult Run(string program, string[] arguments, string home, string userRun)
    {
        var command = new Command(program, arguments)
        {
            Timeout = Place.Deadline(12),
            Directory = "/",
            Environment = { ["HOME"] = home, ["CONTAINERS_CONF"] = _directory["containers.conf"], ["CONTAINERS_STORAGE_CONF"] = _directory["storage.conf"] },
        };
        if (userRun.Length > 0)
        {
            command.Environment["XDG_RUNTIME_DIR"] = userRun;
            command.Environment["DBUS_SESSION_BUS_ADDRESS"] = $"unix:path={userRun}/bus";
        }

        return command.Run();
    }
}

/// <summary>The tests that share podman's directories.</summary>
[CollectionDefinition("podman")]
public sealed class PodmanCollection : ICollectionFixture<PodmanFixture>;
