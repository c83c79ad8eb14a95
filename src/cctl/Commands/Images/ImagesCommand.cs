using System.CommandLine;
using Cctl.Cli;
using Cctl.Streams;
using OciSpec.Image;
using Runtime.Images;
using Runtime.Images.Store;
using Runtime.Linux;

namespace Cctl.Commands.Images;

/// <summary><c>images</c>: the images of the store.</summary>
internal static class ImagesCommand
{
    private const string None = "<none>";

    internal static CctlCommand Create(Globals globals)
    {
        var pattern = new Argument<string?>("NAME") { Description = "only those of this repository, or repository and tag; * stands for any letters", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> quiet = Globals.Flag("--quiet", "print the ids only", "-q");
        Option<bool> whole = Globals.Flag("--no-trunc", "do not cut ids");
        Option<bool> digests = Globals.Flag("--digests", "show digests");
        Option<bool> all = Globals.Flag("--all", "no difference: there are no intermediate images", "-a");
        Option<string[]> filter = Globals.List("--filter", "KEY=VALUE", "dangling=true|false, reference=NAME or label=KEY[=VALUE]", "-f");
        Option<string?> format = Globals.Text("--format", "FORMAT", "table, json, or a template with .Repository .Tag .ID .Digest .CreatedSince .CreatedAt .Size");
        var command = new CctlCommand("images", "list the images", "cctl images\ncctl images --format '{{.Repository}}:{{.Tag}} {{.Size}}'");
        command.Arguments.Add(pattern);
        foreach (Option option in (Option[])[quiet, whole, digests, all, filter, format])
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed =>
        {
            using ImageStore? opened = ImageArguments.TryOpen(globals.Store);
            string[] filters = parsed.GetValue(filter) ?? [];
            var wanted = new ImageFilter(parsed.GetValue(pattern) is { } name ? [.. filters, "reference=" + name] : filters);
            List<Row> rows = opened is null ? [] : Rows(opened, wanted, parsed.GetValue(whole));
            string[] columns = parsed.GetValue(digests) ? ["Repository", "Tag", "Digest", "ID", "CreatedSince", "Size"] : ["Repository", "Tag", "ID", "CreatedSince", "Size"];
            if (parsed.GetValue(quiet))
            {
                Output.Write(string.Concat(rows.Select(r => r.Find("ID")!).Distinct().Select(id => id + "\n")));
            }
            else
            {
                RowFormat.Print(rows, parsed.GetValue(format), columns);
            }

            return 0;
        });
        return command;
    }

    private static List<Row> Rows(ImageStore store, ImageFilter filter, bool whole)
    {
        ILookup<ContentDigest, StoredReference> names = store.References.All().ToLookup(r => r.Manifest);
        var rows = new List<(DateTimeOffset Fetched, Row Row)>();
        DateTimeOffset now = DateTimeOffset.UtcNow;
        foreach (StoredImage image in store.Images.Read())
        {
            foreach (StoredReference? name in names[image.Digest].DefaultIfEmpty())
            {
                if (filter.Takes(image, name?.Name))
                {
                    rows.Add((image.Fetched, RowOf(store, image, name, now, whole)));
                }
            }
        }

        return [.. rows.OrderByDescending(r => r.Fetched).Select(r => r.Row)];
    }

    private static Row RowOf(ImageStore store, StoredImage image, StoredReference? name, DateTimeOffset now, bool whole) => new(
        ("Repository", name?.Name.FamiliarName ?? None),
        ("Tag", name?.Name.Tag ?? None),
        ("Digest", name?.Index.Text ?? image.Digest.Text),
        ("ID", whole ? image.Id.Text : image.Id.Short),
        ("CreatedSince", ImageTime.Since(image.Config.Created, now)),
        ("CreatedAt", SafeText.Of(image.Config.Created ?? "")),
        ("Size", DecimalSize.Of(SizeOf(store, image))));

    /// <summary>Bytes of all files of an image's layers.</summary>
    internal static long SizeOf(ImageStore store, StoredImage image) => image.DiffIds.Distinct().Sum(d => store.Layers.Info(d)?.FileBytes ?? 0);
}
