using System.CommandLine;
using System.Globalization;
using Runtime;

namespace Cctl.Commands;

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

    /// <summary>A container's id.</summary>
    internal static Argument<string> Id() => new("ID") { Description = "the container's id", Arity = ArgumentArity.ExactlyOne };
}
