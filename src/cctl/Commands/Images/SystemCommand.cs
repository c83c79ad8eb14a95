using System.CommandLine;
using Cctl.Cli;
using Cctl.Streams;
using OciSpec.Image;
using Runtime.Images.Store;
using Runtime.Images;
using Runtime.Namespaces.Launch;

namespace Cctl.Commands.Images;

/// <summary><c>system</c>: what images take, whether they are whole, and what can go.</summary>
internal static class SystemCommand
{
    internal static CctlCommand Create(Globals globals)
    {
        var what = new Argument<string>("df|check|prune") { Description = "df: what images take; check: prove every layer; prune: remove what nothing uses", Arity = ArgumentArity.ExactlyOne };
        Option<bool> all = Globals.Flag("--all", "prune: also images that have a name", "-a");
        Option<bool> force = Globals.Flag("--force", "prune: do not ask", "-f");
        Option<bool> repair = Globals.Flag("--repair", "check: fetch damaged layers again; where no registry has them, take them away with their images");
        var command = new CctlCommand("system", "what images take, whether they are whole, and what can go", "cctl system df\ncctl system check --repair\ncctl system prune -a");
        command.Arguments.Add(what);
        foreach (Option option in (Option[])[all, force, repair])
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed =>
        {
            string path = ImageArguments.PathOf(globals.Store);
            switch (parsed.GetValue(what))
            {
                case "df":
                    return Df(path);
                case "check":
                    return new ImagesHelper("check", path).Flag("repair", parsed.GetValue(repair)).Become();
                case "prune":
                    return Prune(path, parsed.GetValue(all), parsed.GetValue(force));
                default:
                    throw new UsageException($"system {parsed.GetValue(what)}: not one of df, check, prune");
            }
        });
        return command;
    }

    private static int Df(string path)
    {
        using ImageStore? store = ImageStore.TryOpen(path);
        List<ContentDigest> layers = store?.Layers.All() ?? [];
        List<StoredImage> images = [.. store?.Images.Read() ?? []];
        HashSet<ContentDigest> named = [.. (store?.References.All() ?? []).Select(r => r.Manifest)];
        HashSet<ContentDigest> kept = [.. images.Where(i => named.Contains(i.Digest)).SelectMany(i => i.DiffIds)];
        long all = layers.Sum(l => store!.Layers.Info(l)?.FileBytes ?? 0);
        long unused = layers.Where(l => !kept.Contains(l)).Sum(l => store!.Layers.Info(l)?.FileBytes ?? 0);
        List<(string Name, long Bytes, bool Idle)> ingest = store?.Ingest.All() ?? [];
        RowFormat.Print(
            [
                Usage("Images", images.Count, named.Count, all, unused),
                Usage("Interrupted pulls", ingest.Count, ingest.Count(i => !i.Idle), ingest.Sum(i => i.Bytes), ingest.Where(i => i.Idle).Sum(i => i.Bytes)),
            ],
            null,
            ["Type", "Total", "Active", "Size", "Reclaimable"]);
        return 0;
    }

    private static Row Usage(string type, int total, int active, long bytes, long reclaimable) => new(
        ("Type", type),
        ("Total", total.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        ("Active", active.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        ("Size", DecimalSize.Of(bytes)),
        ("Reclaimable", DecimalSize.Of(reclaimable)));

    private static int Prune(string path, bool all, bool force)
    {
        using ImageStore? store = ImageStore.TryOpen(path);
        if (store is null)
        {
            return 0;
        }

        if (!force && !Confirmed(all))
        {
            return 1;
        }

        if (OwnUserNamespace.IsNeeded)
        {
            return OwnUserNamespace.RunSelf(["system", "prune", "--force", "--store", path, .. all ? (string[])["--all"] : []]);
        }

        store.RemoveGarbage();
        foreach (ContentDigest id in new ImageRemoval(store).Prune(all))
        {
            Output.Write($"Deleted: {id}\n");
        }

        Output.Write($"Freed of interrupted pulls: {DecimalSize.Of(store.Ingest.RemoveIdle())}\n");
        return 0;
    }

    private static bool Confirmed(bool all)
    {
        Output.WriteError($"This removes {(all ? "all images that no container uses" : "all images without a name")}, and what interrupted pulls left. Go on? [y/N] ");
        Span<byte> answer = stackalloc byte[16];
        int length = Runtime.Linux.Sys.Read(0, answer);
        return length > 0 && answer[0] is (byte)'y' or (byte)'Y';
    }
}
