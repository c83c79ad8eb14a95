using System.Text.Json.Nodes;
using Integration.Tests.Harness;

namespace Integration.Tests.Stacks;

/// <summary>dockerd with the page's configuration: cctl is its default runtime. It has an image, and starts its own containerd.</summary>
public class DockerFixture : IDisposable
{
    /// <summary>The image to run.</summary>
    internal const string Image = "guest:1";

    /// <summary>Each question starts a program that takes a second under emulation.</summary>
    internal const int PollMilliseconds = 2000;
    private readonly StackDirectory _directory;
    private readonly string _run;
    private readonly Action<JsonObject> _change;

    public DockerFixture()
        : this("docker", _ => { })
    {
    }

    /// <summary>Another dockerd, with a name for its directories, a configuration that differs, and the command that starts it.</summary>
    private protected DockerFixture(string name, Action<JsonObject> change, params string[] starter)
    {
        _directory = new(name);
        _run = "/run/stack-" + name;
        _change = change;
        Directory.CreateDirectory(_run);
        string config = WriteConfig(liveRestore: true);
        Daemon = new Daemon(_directory["log"], _directory["docker.sock"], () => Docker("version").ExitCode == 0, [.. starter, "dockerd", "--config-file", config]);
        try
        {
            Docker("import", "--change", "ENV " + Runtimes.GuestPath, "--change", """CMD ["/bin/sh"]""", Runtimes.RootArchive, Image).MustSucceed();
        }
        catch (Exception)
        {
            Dispose();
            throw;
        }
    }

    private string Host => "unix://" + _directory["docker.sock"];

    /// <summary>The daemon itself.</summary>
    internal Daemon Daemon { get; }

    /// <summary>The absolute path of a name in its directory, for files that a test needs.</summary>
    internal string this[string name] => _directory[name];

    /// <summary>Writes a file into its directory.</summary>
    internal string Write(string name, string text) => _directory.Write(name, text);

    /// <summary>Runs docker to its end.</summary>
    internal CommandResult Docker(params string[] arguments) =>
        new Command("docker", arguments) { Timeout = Place.Deadline(12), Environment = { ["DOCKER_HOST"] = Host, ["DOCKER_BUILDKIT"] = "0" } }.Run();

    /// <summary>Runs a docker command on a terminal.</summary>
    internal CommandResult DockerOnTerminal(string words) =>
        new Command("script", "-qec", "docker " + words, "/dev/null") { Timeout = Place.Deadline(12), Environment = { ["DOCKER_HOST"] = Host } }.Run();

    /// <summary>What `docker inspect` says of a container, by a template.</summary>
    internal string Inspect(string id, string template) => Docker("inspect", "--format", template, id).MustSucceed().Text;

    /// <summary>Waits until a template has a value.</summary>
    internal void WaitFor(string id, string template, string value)
    {
        string last = "";
        Eventually.True(() => (last = Inspect(id, template)) == value, Place.Deadline(8), () => $"{template} of {id} is {last}, not {value}\n{Daemon.LogEnd}", PollMilliseconds);
    }

    /// <summary>Waits until docker has told an event of a container.</summary>
    internal void WaitForEvent(string id, string name) =>
        Eventually.True(() => Docker("events", "--since", "0", "--until", "0s", "--filter", "container=" + id, "--filter", "event=" + name).MustSucceed().Text.Length > 0, Place.Deadline(8), () => $"no event {name} of {id}\n{Daemon.LogEnd}", PollMilliseconds);

    /// <summary>Whether containers outlive dockerd; a swarm does not go with it.</summary>
    internal void SetLiveRestore(bool on)
    {
        WriteConfig(on);
        Daemon.Reload();
        Eventually.True(() => Docker("info", "--format", "{{.LiveRestoreEnabled}}").Text == (on ? "true" : "false"), Place.Deadline(6), () => Daemon.LogEnd, PollMilliseconds);
    }

    public void Dispose()
    {
        Daemon.Dispose();
        Command.Run("sh", "-c", $"grep -o ' {_run}[^ ]* ' /proc/self/mountinfo | sort -r | xargs -r umount -l; rm -rf --one-file-system {_run}");
        _directory.Dispose();
        GC.SuppressFinalize(this);
    }

    // The page's block, and where this daemon keeps its things; the firewall's modules are slow under emulation and no runtime's concern.
    private string WriteConfig(bool liveRestore)
    {
        JsonObject config = JsonNode.Parse(IntegrationPage.Block("/etc/docker/daemon.json"))!.AsObject();
        config["runtimes"]!["crun"] = new JsonObject { ["path"] = Runtimes.PathOf("crun") };
        config["live-restore"] = liveRestore;
        config["data-root"] = _directory["root"];
        config["exec-root"] = _run + "/exec";
        config["pidfile"] = _run + "/pid";
        config["hosts"] = new JsonArray(Host);
        config["storage-driver"] = "overlay2";
        config["iptables"] = false;
        config["ip6tables"] = false;
        config["userland-proxy"] = false;
        config["experimental"] = true; // docker checkpoint
        _change(config);
        return _directory.Write("daemon.json", config.ToJsonString());
    }
}

/// <summary>The tests that share one dockerd.</summary>
[CollectionDefinition("docker")]
public sealed class DockerCollection : ICollectionFixture<DockerFixture>;
