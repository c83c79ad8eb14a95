using System.Globalization;
using System.Text;
using OciSpec.Image;

namespace Runtime.Images.Store;

/// <summary>A container on an image's layers, as the store knows it.</summary>
public sealed record StoredContainer
{
    /// <summary>Its id: 64 hexadecimal digits.</summary>
    public required string Id { get; init; }

    /// <summary>Its name, which no other container of the store has.</summary>
    public required string Name { get; init; }

    /// <summary>The image, as it was named.</summary>
    public required string Image { get; init; }

    /// <summary>The image's manifest.</summary>
    public required ContentDigest Manifest { get; init; }

    /// <summary>The state root that knows whether it runs: who has another leaves it alone.</summary>
    public required string StateRoot { get; init; }

    /// <summary>The layers that it stands on, from the lowest to the highest.</summary>
    public required IReadOnlyList<ContentDigest> Layers { get; init; }

    /// <summary>The first id on the host of its user namespace's range; null where the range is not its own.</summary>
    public uint? FirstId { get; init; }

    internal byte[] Write()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"name {Name}\nimage {Image}\nmanifest {Manifest}\nstate {StateRoot}\n");
        if (FirstId is uint first)
        {
            text.Append(CultureInfo.InvariantCulture, $"ids {first}\n");
        }

        foreach (ContentDigest layer in Layers)
        {
            text.Append(CultureInfo.InvariantCulture, $"layer {layer}\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    internal static StoredContainer? Parse(string id, string text)
    {
        string? name = null, image = null, manifest = null, state = null;
        uint? first = null;
        var layers = new List<ContentDigest>();
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            string value = line[(space + 1)..];
            switch (space < 0 ? line : line[..space])
            {
                case "name": name = value; break;
                case "image": image = value; break;
                case "manifest": manifest = value; break;
                case "state": state = value; break;
                case "ids": first = uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) ? number : null; break;
                case "layer" when ContentDigest.Problem(value) is null: layers.Add(ContentDigest.Parse(value)); break;
            }
        }

        return name is null || image is null || state is null || manifest is null || ContentDigest.Problem(manifest) is not null
            ? null
            : new StoredContainer { Id = id, Name = name, Image = image, Manifest = ContentDigest.Parse(manifest), StateRoot = state, Layers = layers, FirstId = first };
    }
}
