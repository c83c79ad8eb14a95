using Cctl.Cli;
using Cctl.Streams;
using OciSpec;
using Runtime;
using Runtime.Documents;

namespace Cctl.Commands;

/// <summary><c>features</c>: what this runtime supports, as features.md has it.</summary>
internal static class FeaturesCommand
{
    private static readonly Dictionary<string, string> s_annotations = new() { ["io.cctl.version"] = BuildInfo.Version, ["io.cctl.commit"] = BuildInfo.Commit };

    internal static CctlCommand Create()
    {
        var command = new CctlCommand("features", "print what this runtime supports, as JSON", "cctl features");
        command.SetAction(_ =>
        {
            Output.Write([.. ConfigFile.Write(RuntimeFeatures.Document(s_annotations), indented: true), (byte)'\n']);
            return 0;
        });
        return command;
    }
}
