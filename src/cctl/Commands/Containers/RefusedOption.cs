using System.CommandLine;
using Cctl.Cli;

namespace Cctl.Commands.Containers;

/// <summary>An option of docker's that cctl does not have: known by its name, so that it is refused with the reason and the way, and never ignored.</summary>
/// <param name="Name">The option, with two dashes.</param>
/// <param name="TakesValue">Whether a value follows it.</param>
/// <param name="Reason">Why not, and what to do.</param>
internal sealed record RefusedOption(string Name, bool TakesValue, string Reason)
{
    /// <summary>Its short name; null where it has none.</summary>
    public string? Alias { get; init; }

    /// <summary>The option for the parser; help does not show it.</summary>
    internal Option MakeOption()
    {
        Option option = TakesValue ? Globals.List(Name, "VALUE", Reason) : Globals.Flag(Name, Reason);
        option.Hidden = true;
        if (Alias is not null)
        {
            option.Aliases.Add(Alias);
        }

        return option;
    }

    /// <summary>Refuses those that were given.</summary>
    /// <exception cref="UsageException">One was.</exception>
    internal static void Refuse(ParseResult parsed, IEnumerable<(RefusedOption Refused, Option Option)> options)
    {
        foreach ((RefusedOption refused, Option option) in options)
        {
            if (parsed.GetResult(option) is { Implicit: false })
            {
                throw new UsageException($"{refused.Name}: {refused.Reason}");
            }
        }
    }
}
