using System.CommandLine;
using System.Globalization;
using Runtime;
using Runtime.Namespaces.Plan;

namespace Cctl.Cli;

/// <summary>Arguments that several commands take.</summary>
internal static class Arguments
{
    /// <summary>A count that an option gives as text.</summary>
    /// <exception cref="ContainerException">It is none.</exception>
    internal static int Count(string option, string? text)
    {
        const int Most = 1 << 20;
        return text is null ? 0
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value <= Most ? value
            : throw new ContainerException($"{option} {text}: not a number from 0 to {Most}");
    }

    /// <summary>A time that an option gives as text: <c>500ms</c>, <c>5s</c>, <c>1m</c>, <c>1h</c>.</summary>
    /// <exception cref="ContainerException">It is none.</exception>
    internal static TimeSpan Duration(string option, string text)
    {
        (string number, double unit) = text switch
        {
            _ when text.EndsWith("ms", StringComparison.Ordinal) => (text[..^2], 0.001),
            _ when text.EndsWith('s') => (text[..^1], 1),
            _ when text.EndsWith('m') => (text[..^1], 60),
            _ when text.EndsWith('h') => (text[..^1], 3600),
            _ => (text, 0),
        };
        return unit > 0 && double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) && value is > 0 and < 1e6
            ? TimeSpan.FromSeconds(value * unit)
            : throw new ContainerException($"{option} {text}: not a duration such as 500ms, 5s or 1m");
    }

    /// <summary>One or several containers' ids.</summary>
    internal static Argument<string[]> Ids() => new("ID") { Description = "the containers' ids", Arity = ArgumentArity.OneOrMore };

    /// <summary>Does something to each container; one that fails keeps none of the others from it.</summary>
    /// <returns>The exit status.</returns>
    internal static int ForEach(ReadOnlySpan<string> ids, Action<string> action)
    {
        if (ids.Length == 1)
        {
            action(ids[0]);
            return 0;
        }

        int status = 0;
        foreach (string id in ids)
        {
            try
            {
                action(id);
            }
            catch (Exception e)
            {
                status = ErrorReport.Fail(e);
            }
        }

        return status;
    }

    /// <summary>A container's id.</summary>
    internal static Argument<string> Id() => new("ID") { Description = "the container's id", Arity = ArgumentArity.ExactlyOne };
}
