using System.CommandLine;
using System.Text;
using System.Text.Json;
using Cctl.Cli;
using Cctl.Streams;
using OciSpec;
using OciSpec.Image;
using Runtime.Images;
using Runtime.Images.References;
using Runtime.Images.Store;

namespace Cctl.Commands.Images;

/// <summary><c>inspect</c>: all that is known of images, as docker's users know it.</summary>
internal static class InspectCommand
{
    internal static CctlCommand Create(Globals globals)
    {
        Argument<string[]> images = ImageArguments.Images();
        Option<string?> format = Globals.Text("--format", "TEMPLATE", "as {{.Config.Env}} or {{json .Config}} (default: all, as JSON)", "-f");
        var command = new CctlCommand("inspect", "show all that is known of images", "cctl inspect alpine\ncctl inspect -f '{{.Config.Cmd}}' alpine");
        command.Arguments.Add(images);
        command.Options.Add(format);
        command.SetAction(parsed =>
        {
            using ImageStore opened = ImageArguments.Open(globals.Store);
            var found = new List<StoredImage>();
            int status = Arguments.ForEach(parsed.GetValue(images)!, image => found.Add(new ImageLookup(opened).Get(image, out _)));
            if (parsed.GetValue(format) is { } template && template != "json")
            {
                foreach (StoredImage image in found)
                {
                    using var document = JsonDocument.Parse(Document(opened, [image]));
                    Output.Write(Template.Fill(template, (name, json) => Text(document.RootElement[0], name, json)) + "\n");
                }
            }
            else
            {
                Output.Write(Document(opened, found));
            }

            return status;
        });
        return command;
    }

    private static string Text(JsonElement element, string path, bool json)
    {
        foreach (string part in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(part, out JsonElement inner))
            {
                string known = element.ValueKind == JsonValueKind.Object ? ": there are " + string.Join(", ", element.EnumerateObject().Select(p => "." + p.Name)) : "";
                throw new ImageException($"--format: no field .{path}{known}");
            }

            element = inner;
        }

        return json ? element.GetRawText().ReplaceLineEndings("").Replace("\t", "", StringComparison.Ordinal)
            : element.ValueKind == JsonValueKind.Array ? $"[{string.Join(' ', element.EnumerateArray().Select(e => e.ToString()))}]"
            : element.ToString();
    }

    private static byte[] Document(ImageStore store, List<StoredImage> images)
    {
        var writer = new JsonWriter(indented: true);
        writer.WriteStartArray();
        foreach (StoredImage image in images)
        {
            Write(writer, store, image);
        }

        writer.WriteEndArray();
        writer.WriteLineFeed();
        return writer.Written.ToArray();
    }

    private static void Write(JsonWriter writer, ImageStore store, StoredImage image)
    {
        ImageConfig config = image.Config;
        List<StoredReference> names = store.References.All().FindAll(r => r.Manifest == image.Digest);
        writer.WriteStartObject();
        Text(writer, "Id", image.Id.Text);
        List(writer, "RepoTags", names.Where(n => n.Name.Tag is not null).Select(n => n.Name.WithTag(n.Name.Tag!).Familiar));
        List(writer, "RepoDigests", names.Select(n => $"{n.Name.FamiliarName}@{n.Index}").Distinct());
        Text(writer, "Digest", image.Digest.Text);
        Text(writer, "Created", config.Created);
        Text(writer, "Author", config.Author);
        Text(writer, "Architecture", config.Architecture);
        Text(writer, "Variant", config.Variant);
        Text(writer, "Os", config.Os);
        writer.WritePropertyName("Size");
        writer.WriteNumberValue(ImagesCommand.SizeOf(store, image));
        writer.WritePropertyName("Config");
        OciSpec.Image.JsonDocuments.WriteContainerDefaults(writer, config.Config ?? new ContainerDefaults());
        writer.WritePropertyName("RootFS");
        writer.WriteStartObject();
        Text(writer, "Type", "layers");
        List(writer, "Layers", image.DiffIds.Select(d => d.Text));
        writer.WriteEndObject();
        writer.WritePropertyName("Metadata");
        writer.WriteStartObject();
        Text(writer, "Fetched", image.Fetched.ToString("O", System.Globalization.CultureInfo.InvariantCulture));
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void Text(JsonWriter writer, string name, string? value)
    {
        if (value is not null)
        {
            writer.WritePropertyName(name);
            writer.WriteStringValue(value);
        }
    }

    private static void List(JsonWriter writer, string name, IEnumerable<string> values)
    {
        writer.WritePropertyName(name);
        writer.WriteStartArray();
        foreach (string value in values)
        {
            writer.WriteStringValue(value);
        }

        writer.WriteEndArray();
    }
}
