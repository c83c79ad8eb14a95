using System.Globalization;
using Integration.Tests.Harness;
using Integration.Tests.Images.Registry;

namespace Integration.Tests.Images;

/// <summary>Twenty processes on one store, each with names of its own, of images that are the same or share a layer, and come and go.</summary>
[HostOnly]
public sealed class ManyAtOnceTests : IDisposable
{
    private const int Processes = 20;

    private const string CopyScript = """
        type=application/vnd.oci.image.manifest.v1+json
        curl -fsS -H "Accept: $type" "http://$1/v2/$2/manifests/1" | curl -fsS -X PUT -H "Content-Type: $type" --data-binary @- "http://$1/v2/$2/manifests/$3"
        """;

    private const string Script = """
        set -e
        "$1" pull -q --store "$2" "$3"
        "$1" tag --store "$2" "$3" "mine:$4"
        "$1" rmi --store "$2" "$3"
        "$1" images --store "$2"
        "$1" inspect --store "$2" "mine:$4"
        "$1" rmi --store "$2" "mine:$4"
        """;

    private readonly ImageStoreFixture _store = new();
    private readonly DockerRegistry _registry = new();

    public void Dispose()
    {
        _registry.Dispose();
        _store.Dispose();
    }

    [Fact]
    public async Task Pulling_naming_inspecting_and_removing_at_once_all_succeed_and_leave_nothing()
    {
        int[][] images = [[1000, 2000], [1000, 300_000], [400_000]];
        for (int i = 0; i < images.Length; i++)
        {
            using var image = new TestImage(images[i]);
            image.CopyTo(_registry, string.Create(CultureInfo.InvariantCulture, $"app{i}:1"));
        }

        using var stays = new TestImage(1000);
        _store.Run("pull", stays.CopyTo(_registry, "stays:1")).MustSucceed();
        string[] content = _store.Content();

        // All before the first is read: the registry does not replace its files in one step.
        string[] names = [.. Enumerable.Range(0, Processes).Select(i => CopyTag($"app{i % images.Length}", string.Create(CultureInfo.InvariantCulture, $"t{i}")))];
        Task<CommandResult>[] all = [.. names.Select(n => Task.Factory.StartNew(() => ComeAndGo(n), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        foreach (CommandResult one in await Task.WhenAll(all))
        {
            one.MustSucceed();
        }

        Assert.Equal("1 layers, 0 damaged\n", _store.Run("system", "check").MustSucceed().Stdout);
        Assert.Equal(content, _store.Content());
    }

    private CommandResult ComeAndGo(string name) =>
        new Command("bash", "-c", Script, "-", Cctl.Executable, _store.Store, name, name[(name.LastIndexOf(':') + 1)..]) { Timeout = Place.Deadline(60) }.Run();

    private string CopyTag(string repository, string tag)
    {
        Command.Run("bash", "-o", "pipefail", "-c", CopyScript, "-", _registry.Host, repository, tag).MustSucceed();
        return $"{_registry.Host}/{repository}:{tag}";
    }
}
