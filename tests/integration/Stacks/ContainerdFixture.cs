using Integration.Tests.Harness;

namespace Integration.Tests.Stacks;

/// <summary>containerd with the page's configuration, an image to run and one for the sandboxes of pods.</summary>
public sealed class ContainerdFixture : IDisposable
{
    /// <summary>The image to run.</summary>
    internal const string Image = "registry.invalid/guest:1";
    private const string PauseImage = "registry.invalid/pause:1";
    private readonly StackDirectory _directory = new("containerd");
    private readonly Daemon _daemon;

    public ContainerdFixture()
    {
        Directory.CreateDirectory(_directory["cni"]);
        _directory.Write("cni/10-bridge.conflist", Network);
        string config = _directory.Write("config.toml", $"""
            root = "{_directory["root"]}"
            state = "/run/stack-containerd"
            {IntegrationPage.Block("/etc/containerd/config.toml")}
            [grpc]
              address = "{Socket}"
            [plugins."io.containerd.grpc.v1.cri"]
              sandbox_image = "{PauseImage}"
            [plugins."io.containerd.grpc.v1.cri".cni]
              bin_dir = "/usr/lib/cni"
              conf_dir = "{_directory["cni"]}"
            {Other("runc")}
            {Other("crun")}
            """);
        _daemon = new Daemon(_directory["log"], Socket, () => Ctr("version").ExitCode == 0, "containerd", "--config", config);
        try
        {
            OciImage.Write(_directory["images.tar"], Runtimes.RootArchive, (Image, """["/bin/sh"]"""), (PauseImage, """["/bin/sleep","1000000"]"""));
            Ctr("image", "import", _directory["images.tar"]).MustSucceed();
            Ctr("--namespace", "k8s.io", "image", "import", _directory["images.tar"]).MustSucceed();
        }
        catch (Exception)
        {
            Dispose();
            throw;
        }
    }

    /// <summary>containerd's socket.</summary>
    internal string Socket => _directory["containerd.sock"];

    /// <summary>The daemon itself.</summary>
    internal Daemon Daemon => _daemon;

    /// <summary>Runs ctr to its end.</summary>
    internal CommandResult Ctr(params string[] arguments) => CtrCommand(arguments).Run();

    /// <summary>ctr, to start or run.</summary>
    internal Command CtrCommand(params string[] arguments) => new("ctr", ["--address", Socket, .. arguments]) { Timeout = Place.Deadline(12) };

    /// <summary>The arguments of a `ctr run` of the image by that runtime.</summary>
    internal static string[] Run(string runtime, string id, string[] options, params string[] command) =>
        ["run", "--runc-binary", Runtimes.PathOf(runtime), .. options, Image, id, .. command];

    /// <summary>Removes what a test made, whatever its state.</summary>
    internal void Remove(string id)
    {
        Ctr("task", "delete", "--force", id);
        Ctr("container", "delete", id);
    }

    public void Dispose()
    {
        _daemon.Dispose();
        Directory.Delete("/run/stack-containerd", recursive: true);
        _directory.Dispose();
    }

    private static string Other(string name) => $"""
        [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.{name}]
          runtime_type = "io.containerd.runc.v2"
        [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.{name}.options]
          BinaryName = "{Runtimes.PathOf(name)}"
          SystemdCgroup = true
        """;

    private const string Network = """
        { "cniVersion": "0.4.0", "name": "stack", "plugins": [
          { "type": "bridge", "bridge": "stack0", "isGateway": true, "ipam": { "type": "host-local", "dataDir": "/run/stack-cni", "ranges": [[{ "subnet": "10.88.77.0/24" }]] } }
        ] }
        """;
}

/// <summary>The tests that share one containerd.</summary>
[CollectionDefinition("containerd")]
public sealed class ContainerdCollection : ICollectionFixture<ContainerdFixture>;
