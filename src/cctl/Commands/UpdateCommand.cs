using System.CommandLine;
using Cctl.Cli;
using OciSpec;
using Runtime.Launch;
using Runtime.Lifecycle;
using Runtime.State;

namespace Cctl.Commands;

/// <summary><c>update</c>: change the limits of a container, all or nothing.</summary>
internal static class UpdateCommand
{
    internal static CctlCommand Create(Globals globals)
    {
        Option<string?> resources = Globals.Text("--resources", "FILE", "a file with resources as config.json has them; - reads standard input", "-r");
        Option<bool> strict = Globals.Flag("--strict", "a value that cgroup v2 does not know is an error");
        Option<bool> force = Globals.Flag("--force", "take --memory even below what the container uses now: the kernel may kill its processes");
        Argument<string> id = Arguments.Id();
        var command = new CctlCommand("update", "change the limits of a container, all or nothing", "cctl update --memory 512m web\necho '{\"pids\":{\"limit\":100}}' | cctl update --resources - web");
        command.Options.Add(resources);
        var limits = new UpdateOptions();
        limits.AddTo(command);
        command.Options.Add(strict);
        command.Options.Add(force);
        command.Arguments.Add(id);
        command.SetAction(parsed =>
        {
            LinuxResources update = parsed.GetValue(resources) is string file ? DocumentFile.Resources(file) : new LinuxResources();
            limits.Read(parsed, update);
            Validate(parsed, limits, update);
            using StateStore store = globals.OpenStore();
            ContainerUpdater.Update(store, parsed.GetValue(id)!, update, limits.Cache(parsed), parsed.GetValue(strict), limits.SetsMemory(parsed) && !parsed.GetValue(force));
            return 0;
        });
        return command;
    }

    // Who gave an option has no document that a pointer could lead into.
    private static void Validate(ParseResult parsed, UpdateOptions limits, LinuxResources update)
    {
        try
        {
            ConfigValidator.Validate(update);
        }
        catch (ConfigException e) when (limits.Setting(parsed, e.Pointer) is { } option)
        {
            throw new UsageException($"{option}: {e.Detail}");
        }
    }
}
