using Cctl.Cli;
using OciSpec;
using Runtime;

namespace Cctl.Commands;

/// <summary><c>features</c>: what this runtime supports, as features.md has it.</summary>
internal static class FeaturesCommand
{
    internal static CctlCommand Create()
    {
        var command = new CctlCommand("features", "print what this runtime supports, as JSON", "cctl features");
        command.SetAction(_ =>
        {
            Output.Write([.. ConfigFile.Write(RuntimeFeatures.Current, indented: true), (byte)'\n']);
            return 0;
        });
        return command;
    }
}
