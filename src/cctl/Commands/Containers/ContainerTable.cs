using System.Globalization;
using System.Runtime.CompilerServices;
using Cctl.Cli;
using Cctl.Commands.Images;
using Cctl.Streams;
using Runtime;
using Runtime.Images.Store;
using Runtime.Lifecycle;
using Runtime.Linux;
using Runtime.State;

namespace Cctl.Commands.Containers;

/// <summary><c>ps</c> without a container: all of them, as docker shows them, bundles' too.</summary>
internal static class ContainerTable
{
    private const int ShortId = 12;
    private const int CommandWidth = 20;
    private static readonly string[] s_columns = ["ID", "Image", "Command", "RunningFor", "Status", "Ports", "Names"];

    /// <summary>Prints it.</summary>
    /// <param name="globals">Where the containers are.</param>
    /// <param name="all">Also those that do not run.</param>
    /// <param name="whole">Whether ids and commands are not cut.</param>
    /// <param name="quiet">The ids alone.</param>
    /// <param name="format">As <see cref="RowFormat"/> has it; null: a table.</param>
    /// <param name="filters"><c>KEY=VALUE</c> each.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void Print(Globals globals, bool all, bool whole, bool quiet, string? format, string[] filters)
    {
        Dictionary<string, StoredContainer> stored = ContainerNames.All(globals);
        List<ContainerView> views;
        using (StateStore store = globals.OpenStore())
        {
            views = ContainerView.All(store);
        }

        // What the state has lost, at a reboot or because a creation was killed, is still there to be removed.
        HashSet<string> known = [.. views.Select(v => v.Id)];
        views.AddRange(stored.Keys.Where(i => !known.Contains(i)).Select(i => new ContainerView(i, null, ContainerStatus.Stopped)));
        DateTimeOffset now = DateTimeOffset.UtcNow;
        List<Row> rows = [.. views
            .Where(v => all || filters.Length > 0 || v.Status is not (ContainerStatus.Stopped or ContainerStatus.Creating or ContainerStatus.Created))
            .OrderByDescending(v => v.Record?.Created, StringComparer.Ordinal)
            .Select(v => Of(v, stored.GetValueOrDefault(v.Id), now, whole))
            .Where(r => Array.TrueForAll(filters, f => Fits(r, f)))];
        if (quiet)
        {
            Output.Write(string.Concat(rows.Select(r => r.Find("ID") + "\n")));
            return;
        }

        RowFormat.Print(rows, format, s_columns, "CONTAINER");
    }

    private static Row Of(ContainerView view, StoredContainer? stored, DateTimeOffset now, bool whole)
    {
        string command = SafeText.Of(view.Record?.Command ?? "");
        string age = view.Record?.Created is { } created ? ImageTime.Since(created, now) : "";
        return new Row(
            ("ID", whole || view.Id.Length <= ShortId || stored is null ? view.Id : view.Id[..ShortId]),
            ("Image", stored?.Image ?? ""),
            ("Command", "\"" + (whole || command.Length <= CommandWidth ? command : command[..(CommandWidth - 1)] + "…") + "\""),
            ("RunningFor", age),
            ("CreatedAt", SafeText.Of(view.Record?.Created ?? "")),
            ("State", view.Status.Name()),
            ("Status", view.Status.Name()),
            ("Ports", ""),
            ("Names", stored?.Name ?? view.Id),
            ("Pid", view.Pid.ToString(CultureInfo.InvariantCulture)));
    }

    private static bool Fits(Row row, string filter)
    {
        int equals = filter.IndexOf('=', StringComparison.Ordinal);
        string value = equals < 0 ? "" : filter[(equals + 1)..];
        return (equals < 0 ? filter : filter[..equals]) switch
        {
            "id" => row.Find("ID")!.StartsWith(value, StringComparison.Ordinal),
            "name" => row.Find("Names")!.Contains(value.TrimStart('^').TrimEnd('$').TrimStart('/'), StringComparison.Ordinal),
            "status" => row.Find("State") == value || (value == "exited" && row.Find("State") == "stopped"),
            "ancestor" => row.Find("Image") == value,
            _ => throw new ContainerException($"--filter {filter}: not one of id=, name=, status=, ancestor="),
        };
    }
}
