using Integration.Tests.Harness;
using Unit.Tests.Images.Tar;

namespace Integration.Tests.Images;

/// <summary>
/// Layers with hard links to files of the layers below: the same layer means other files above other layers, so images share it only
/// above the same.
/// </summary>
[HostOnly]
public sealed class LowerLinkTests : IDisposable
{
    private readonly ImageStoreFixture _store = new();

    public LowerLinkTests()
    {
        File.WriteAllBytes(_store.Directory["good"], new TarBuilder().Directory("d").File("d/file", "good").End());
        File.WriteAllBytes(_store.Directory["evil"], new TarBuilder().Directory("d").File("d/file", "evil").End());
        File.WriteAllBytes(_store.Directory["gone"], new TarBuilder().Directory("d").File("d/.wh.file", "").End());
        File.WriteAllBytes(_store.Directory["more"], new TarBuilder().File("more", "").End());
        File.WriteAllBytes(_store.Directory["link"], new TarBuilder().Link("link", "d/file").End());
        Command.Run("umoci", "init", "--layout", _store.Directory["layout"]).MustSucceed();
    }

    public void Dispose() => _store.Dispose();

    [Fact]
    public void A_link_is_a_copy_and_images_above_the_same_layers_share_it()
    {
        Pull("one", "good", "link").MustSucceed();
        Pull("two", "good", "link", "more").MustSucceed();
        string[] layers = _store.LayersOf("one");
        Assert.Equal(layers, _store.LayersOf("two")[..2]);
        Assert.Equal("good", File.ReadAllText(layers[1] + "/link"));
        Assert.Equal("3 layers, 0 damaged\n", _store.Run("system", "check").MustSucceed().Stdout);
    }

    [Fact]
    public void An_image_above_other_layers_does_not_get_their_file()
    {
        Pull("evil", "evil", "link").MustSucceed();
        string error = Pull("good", "good", "link").MustExit(1).Stderr;
        Assert.Contains("has hard links into the layers below it, and is here above others", error, StringComparison.Ordinal);
        string other = System.Text.RegularExpressions.Regex.Match(error, "remove the image ([0-9a-f]{12}) first").Groups[1].Value;
        _store.Run("rmi", other).MustSucceed();
        Pull("good", "good", "link").MustSucceed();
        Assert.Equal("good", File.ReadAllText(_store.LayersOf("good")[1] + "/link"));
    }

    [Fact]
    public void What_a_layer_in_between_removes_cannot_be_linked_to() =>
        Assert.Contains("which neither it nor a lower layer has", Pull("gone", "good", "gone", "link").MustExit(1).Stderr, StringComparison.Ordinal);

    [Fact]
    public void A_copy_that_is_damaged_is_found()
    {
        Pull("one", "good", "link").MustSucceed();
        File.WriteAllText(_store.LayersOf("one")[1] + "/link", "dead");
        Assert.Contains("is damaged: \"link\" has another digest", _store.Run("system", "check").MustExit(1).Stderr, StringComparison.Ordinal);
    }

    private CommandResult Pull(string name, params string[] layers)
    {
        string image = $"{_store.Directory["layout"]}:{name}";
        Command.Run("umoci", "new", "--image", image).MustSucceed();
        foreach (string layer in layers)
        {
            Command.Run("umoci", "raw", "add-layer", "--image", image, _store.Directory[layer]).MustSucceed();
        }

        return _store.Run("pull", "oci:" + image);
    }
}
