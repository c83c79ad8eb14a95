using System.CommandLine;

namespace Cctl.Commands;

/// <summary>Arguments that several commands take.</summary>
internal static class Arguments
{
    /// <summary>A container's id.</summary>
    internal static Argument<string> Id() => new("ID") { Description = "the container's id", Arity = ArgumentArity.ExactlyOne };
}
