using System.CommandLine;
using System.Globalization;
using System.Text;
using Cctl.Cli;
using Cctl.Streams;
using OciSpec;
using Runtime;
using Runtime.Launch;
using Runtime.Linux;
using Runtime.Namespaces.Builder;
using Runtime.Namespaces.Launch;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;

namespace Cctl.Commands;

/// <summary><c>explain</c>: what <c>create</c> would do with a bundle, call by call, and which line of the config wants it.</summary>
internal static class ExplainCommand
{
    internal static CctlCommand Create(Globals globals)
    {
        Option<string?> bundle = Globals.Text("--bundle", "DIR", "the bundle (default: the working directory)", "-b");
        Option<string?> config = Globals.Text("--config", "FILE", "the configuration (default: config.json in the bundle)");
        Option<bool> noPivot = Globals.Flag("--no-pivot", "as for create: do not use pivot_root, for a root on a ramdisk");
        Option<bool> noNewKeyring = Globals.Flag("--no-new-keyring", "as for create: keep the caller's session keyring");
        Option<bool> json = Globals.Flag("--json", "print an array of objects");
        var command = new CctlCommand(
            "explain",
            "print what a launch of the bundle would do: every system call with the place in the config it comes from; nothing is done",
            "cctl explain --bundle /var/lib/demo\ncctl explain --bundle /var/lib/demo --json\ncctl explain run --read-only alpine ls")
        {
            Details = "explain run OPTIONS IMAGE COMMAND explains a run of an image; --explain=json behind run prints an array of objects.",
        };
        command.Options.Add(bundle);
        command.Options.Add(config);
        command.Options.Add(noPivot);
        command.Options.Add(noNewKeyring);
        command.Options.Add(json);
        command.SetAction(parsed =>
        {
            Print(parsed.GetValue(json), new CreateOptions
            {
                Id = "explain",
                Bundle = parsed.GetValue(bundle) ?? ".",
                StateRoot = globals.StateRoot,
                ConfigFile = parsed.GetValue(config),
                NoPivot = parsed.GetValue(noPivot),
                NoNewKeyring = parsed.GetValue(noNewKeyring),
                CgroupManager = globals.CgroupManager,
                Rootless = globals.Rootless,
                InUserNamespace = globals.InUserNamespace,
            });
            return 0;
        });
        return command;
    }

    /// <summary>Prints what a creation would do.</summary>
    internal static void Print(bool json, CreateOptions options)
    {
        IReadOnlyList<PlanLine> lines = Plan(options);
        Output.Write(json ? Json(lines) : Text(lines));
    }

    // Read, checked and compiled as by create: what create refuses is refused here with the same words.
    private static IReadOnlyList<PlanLine> Plan(CreateOptions options)
    {
        LaunchInputs inputs = Launcher.WithRlimitSetter(BundleInputs.Of(Bundle.Open(options), options));
        using LaunchPlan plan = LaunchPlanBuilder.Build(inputs, describe: true).Plan;
        return plan.Describe();
    }

    private static byte[] Text(IReadOnlyList<PlanLine> lines)
    {
        var text = new StringBuilder();
        string heading = string.Empty;
        for (int i = 0; i < lines.Count; i++)
        {
            PlanLine line = lines[i];
            if (i == 0 || line.InGuest != lines[i - 1].InGuest)
            {
                text.Append(i == 0 ? string.Empty : "\n").Append(line.InGuest ? "in the guest, after clone3:\n" : "in the runtime, before clone3:\n");
                heading = string.Empty;
            }

            string purpose = line.Pointer.Length > 0 ? $"{line.Pointer}: {line.Purpose}" : line.Purpose;
            if (purpose != heading)
            {
                text.Append("  ").Append(SafeText.Of(purpose)).Append('\n');
                heading = purpose;
            }

            text.Append(CultureInfo.InvariantCulture, $"{line.Number,8}  {SafeText.Of(line.Call)}\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static byte[] Json(IReadOnlyList<PlanLine> lines)
    {
        var json = new JsonWriter(indented: true);
        json.WriteStartArray();
        foreach (PlanLine line in lines)
        {
            json.WriteStartObject();
            json.WriteNumber("number"u8, (long)line.Number);
            json.WriteString("where"u8, line.InGuest ? "guest" : "runtime");
            json.WriteString("pointer"u8, line.Pointer);
            json.WriteString("purpose"u8, line.Purpose);
            json.WriteString("call"u8, line.Call);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteLineFeed();
        return json.Written.ToArray();
    }
}
