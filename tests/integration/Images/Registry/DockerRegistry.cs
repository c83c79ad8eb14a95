using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Integration.Tests.Harness;
using OciSpec.Image;

namespace Integration.Tests.Images.Registry;

/// <summary>Debian's docker-registry on loopback, with a folder of its own. Disposing ends it.</summary>
internal sealed class DockerRegistry : IDisposable
{
    private readonly TempDir _folder = new();
    private readonly string _config;
    private Process _process;

    /// <summary>Starts one, and waits until it listens.</summary>
    /// <param name="http">More of its http section, indented by two.</param>
    /// <param name="auth">Its auth section.</param>
    /// <param name="port">Its port; 0 for any.</param>
    public DockerRegistry(string http = "", string auth = "", int port = 0)
    {
        Port = port > 0 ? port : FreePort();
        _config = _folder.WriteFile("config.yml", string.Create(CultureInfo.InvariantCulture, $"""
            version: 0.1
            log:
              level: warn
            storage:
              filesystem:
                rootdirectory: {_folder["data"]}
              delete:
                enabled: true
            http:
              addr: 127.0.0.1:{Port}
              secret: only-for-tests
            {http}
            {auth}

            """));
        _process = Start();
    }

    /// <summary>Kills it as a crash would, and starts it again.</summary>
    public void Restart()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = Start();
    }

    /// <summary>Its port.</summary>
    public int Port { get; }

    /// <summary>Where it keeps the content of a blob.</summary>
    public string FileOf(ContentDigest blob) => _folder[$"data/docker/registry/v2/blobs/{blob.Algorithm}/{blob.Hex[..2]}/{blob.Hex}/data"];

    /// <summary>Its name in images.</summary>
    public string Host => string.Create(CultureInfo.InvariantCulture, $"localhost:{Port}");

    /// <summary>A port that nobody listens on.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _folder.Dispose();
    }

    private Process Start()
    {
        Process process = ProgramFiles.Start(new ProcessStartInfo("/usr/bin/docker-registry", ["serve", _config]) { RedirectStandardError = true, RedirectStandardOutput = true });
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        Eventually.True(() => process.HasExited || Listens(), Place.Deadline(20), () => "docker-registry does not listen");
        Assert.False(process.HasExited, "docker-registry has ended");
        return process;
    }

    private bool Listens()
    {
        using var client = new TcpClient();
        try
        {
            client.Connect(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
