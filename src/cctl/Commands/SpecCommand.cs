using System.CommandLine;
using Cctl.Cli;
using OciSpec;
using Runtime;
using Runtime.Images;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Cctl.Commands;

/// <summary><c>spec</c>: a bundle to begin with.</summary>
internal static class SpecCommand
{
    private const string RootfsResource = "rootfs-busybox.tar.gz";

    internal static CctlCommand Create(Globals globals)
    {
        Option<string?> bundle = Globals.Text("--bundle", "DIR", "the folder to write to (default: the working directory)", "-b");
        Option<bool> rootless = Globals.Flag("--rootless", "for a user without root: a user namespace, no network of its own, no limits");
        Option<bool> rootfs = Globals.Flag("--rootfs", "unpack the small root file system that cctl carries, too");
        var command = new CctlCommand(
            "spec",
            "write a config.json to begin with: a shell in namespaces of its own, or a command without a terminal",
            "mkdir demo && cd demo && cctl spec --rootfs && cctl run demo");
        var words = new Argument<string[]>("COMMAND") { Description = "the guest's program and its arguments, without a terminal (default: a shell with one)", Arity = ArgumentArity.ZeroOrMore };
        command.Arguments.Add(words);
        command.Options.Add(bundle);
        command.Options.Add(rootless);
        command.Options.Add(rootfs);
        command.SetAction(parsed =>
        {
            string folder = System.IO.Path.GetFullPath(parsed.GetValue(bundle) ?? ".");
            RuntimeConfig config = DefaultConfig.Make(parsed.GetValue(rootless), Sys.GetEuid(), Sys.GetEgid());
            if (parsed.GetValue(words) is { Length: > 0 } program)
            {
                config.Process!.Args = [.. program];
                config.Process.Terminal = false;
            }

            WriteConfig(folder, config);
            if (parsed.GetValue(rootfs))
            {
                UnpackRootfs(System.IO.Path.Combine(folder, "rootfs"));
            }

            return 0;
        });
        return command;
    }

    private static void WriteConfig(string folder, RuntimeConfig config)
    {
        string file = System.IO.Path.Combine(folder, "config.json");

        // O_EXCL: a configuration that is there is somebody's work.
        Errno errno = Sys.TryOpenAt(AT_FDCWD, file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0x1b6 /* 0666 */, out Fd? opened);
        if (opened is null)
        {
            throw new ContainerException(errno == Errno.EEXIST
                ? $"{file}: it is there already: move it away, or choose another folder with --bundle"
                : $"write {file}: {errno.Name()}{(errno == Errno.ENOENT ? ": make the folder first" : string.Empty)}");
        }

        using Fd fd = opened;
        Sys.Write(fd.Number, ConfigFile.Write(config, indented: true));
    }

    private static void UnpackRootfs(string folder)
    {
        using Stream archive = typeof(SpecCommand).Assembly.GetManifestResourceStream(RootfsResource)
            ?? throw new ContainerException("spec --rootfs: this cctl was built without a root file system: unpack one into rootfs yourself");
        Errno errno = Sys.TryMkdirAt(AT_FDCWD, folder, 0x1ed /* 0755 */);
        if (errno != Errno.OK)
        {
            throw new ContainerException($"make {folder}: {errno.Name()}");
        }

        using Fd root = Sys.OpenAt(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        ArchiveUnpacker.Unpack(archive, root);
    }
}
