using System.CommandLine;
using System.Globalization;
using Cctl.Cli;
using OciSpec.Image;
using Runtime.Images;
using Runtime.Images.Store;
using Runtime.Linux;

namespace Cctl.Commands.Images;

/// <summary><c>history</c>: how an image was made.</summary>
internal static class HistoryCommand
{
    private const int ShownCommand = 45;

    internal static CctlCommand Create(Globals globals)
    {
        Argument<string> image = ImageArguments.Image();
        Option<bool> whole = Globals.Flag("--no-trunc", "do not cut anything");
        Option<bool> quiet = Globals.Flag("--quiet", "print the layers' digests only", "-q");
        Option<string?> format = Globals.Text("--format", "FORMAT", "table, json, or a template with .Layer .CreatedSince .CreatedAt .CreatedBy .Size .Comment");
        var command = new CctlCommand("history", "show how an image was made, the newest step first", "cctl history alpine");
        command.Arguments.Add(image);
        command.Options.Add(whole);
        command.Options.Add(quiet);
        command.Options.Add(format);
        command.SetAction(parsed =>
        {
            using ImageStore opened = ImageArguments.Open(globals.Store);
            StoredImage found = new ImageLookup(opened).Get(parsed.GetValue(image)!, out _);
            RowFormat.Print(Rows(opened, found, parsed.GetValue(whole)), parsed.GetValue(quiet) ? "{{.Layer}}" : parsed.GetValue(format), ["Layer", "CreatedSince", "CreatedBy", "Size", "Comment"]);
            return 0;
        });
        return command;
    }

    private static List<Row> Rows(ImageStore store, StoredImage image, bool whole)
    {
        var rows = new List<Row>();
        List<ContentDigest> layers = [.. image.DiffIds];
        int next = 0;
        DateTimeOffset now = DateTimeOffset.UtcNow;
        foreach (HistoryEntry step in image.Config.History ?? [])
        {
            ContentDigest? layer = step.EmptyLayer != true && next < layers.Count ? layers[next++] : null;
            rows.Add(Row(store, step, layer, now, whole));
        }

        for (; next < layers.Count; next++)
        {
            rows.Add(Row(store, new HistoryEntry(), layers[next], now, whole));
        }

        rows.Reverse();
        return rows;
    }

    private static Row Row(ImageStore store, HistoryEntry step, ContentDigest? layer, DateTimeOffset now, bool whole)
    {
        string by = SafeText.Of((step.CreatedBy ?? "").ReplaceLineEndings(" ").Replace('\t', ' '));
        return new Row(
            ("Layer", layer is null ? "<none>" : whole ? layer.Value.Text : layer.Value.Short),
            ("CreatedSince", ImageTime.Since(step.Created, now)),
            ("CreatedAt", SafeText.Of(step.Created ?? "")),
            ("CreatedBy", whole || by.Length <= ShownCommand ? by : string.Concat(by.AsSpan(0, ShownCommand - 1), "…")),
            ("Size", DecimalSize.Of(layer is { } digest ? store.Layers.Info(digest)?.FileBytes ?? 0 : 0)),
            ("Comment", SafeText.Of(step.Comment ?? "")));
    }
}
