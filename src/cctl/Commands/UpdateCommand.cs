using System.CommandLine;
using Cctl.Cli;
using OciSpec;
using Runtime;
using Runtime.Lifecycle;
using Runtime.Linux;
using Runtime.State;

namespace Cctl.Commands;

/// <summary><c>update</c>: change the limits of a container, all or nothing.</summary>
internal static class UpdateCommand
{
    internal static CctlCommand Create(Globals globals)
    {
        Option<string?> resources = Globals.Text("--resources", "FILE", "a file with resources as config.json has them; - reads standard input", "-r");
        Option<bool> strict = Globals.Flag("--strict", "a value that cgroup v2 does not know is an error");
        Argument<string> id = Arguments.Id();
        var command = new CctlCommand("update", "change the limits of a container, all or nothing", "cctl update --memory 512m web\necho '{\"pids\":{\"limit\":100}}' | cctl update --resources - web");
        command.Options.Add(resources);
        var limits = new UpdateOptions();
        limits.AddTo(command);
        command.Options.Add(strict);
        command.Arguments.Add(id);
        command.SetAction(parsed =>
        {
            LinuxResources update = parsed.GetValue(resources) is string file ? FromFile(file) : new LinuxResources();
            limits.Read(parsed, update);
            ConfigValidator.Validate(update);
            using StateStore store = globals.OpenStore();
            ContainerUpdater.Update(store, parsed.GetValue(id)!, update, limits.Cache(parsed), parsed.GetValue(strict));
            return 0;
        });
        return command;
    }

    private static LinuxResources FromFile(string file)
    {
        byte[] bytes;
        Errno errno = file == "-" ? FileText.TryReadAll(0, out bytes) : FileText.TryRead(Abi.AT_FDCWD, file, out bytes);
        return errno == Errno.OK ? ConfigFile.ParseResources(bytes) : throw new ContainerException($"--resources {file}: {errno.Name()}");
    }
}
