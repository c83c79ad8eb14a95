using System.CommandLine;
using Cctl.Cli;
using Runtime.Launch;

namespace Cctl.Commands;

/// <summary>The options that <c>create</c> and <c>run</c> share.</summary>
internal sealed class CreationOptions
{
    private readonly Option<string?> _bundle = Globals.Text("--bundle", "DIR", "the bundle (default: the working directory)", "-b");
    private readonly Option<string?> _config = Globals.Text("--config", "FILE", "the configuration (default: config.json in the bundle)", "-f");
    private readonly Option<string?> _pidFile = Globals.Text("--pid-file", "FILE", "write the first process's pid there");
    private readonly Option<string?> _consoleSocket = Globals.Text("--console-socket", "SOCKET", "send the terminal's master side there");
    private readonly Option<string?> _pidfdSocket = Globals.Text("--pidfd-socket", "SOCKET", "send a pidfd of the first process there");
    private readonly Option<bool> _noPivot = Globals.Flag("--no-pivot", "do not use pivot_root, for a root on a ramdisk");
    private readonly Option<bool> _noNewKeyring = Globals.Flag("--no-new-keyring", "keep the caller's session keyring");
    private readonly Option<string?> _preserveFds = Globals.Text("--preserve-fds", "N", "pass this many descriptors from 3 up to the process (default: 0)");
    private readonly Option<bool> _strict = Globals.Flag("--strict", "a limit that cgroup v2 does not know is an error, not a warning");

    /// <summary>Adds them to the command.</summary>
    internal void AddTo(CctlCommand command)
    {
        command.Options.Add(_bundle);
        command.Options.Add(_config);
        command.Options.Add(_pidFile);
        command.Options.Add(_consoleSocket);
        command.Options.Add(_pidfdSocket);
        command.Options.Add(_noPivot);
        command.Options.Add(_noNewKeyring);
        command.Options.Add(_preserveFds);
        command.Options.Add(_strict);
    }

    /// <summary>Whether an option names a bundle.</summary>
    internal bool IsBundle(Option option) => option == _bundle || option == _config;

    /// <summary>Whether a bundle was named.</summary>
    internal bool NamesBundle(ParseResult parsed) => parsed.GetValue(_bundle) is not null || parsed.GetValue(_config) is not null;

    /// <summary>What the words asked for.</summary>
    internal CreateOptions Read(ParseResult parsed, Globals globals, string id) => new()
    {
        Id = id,
        Bundle = parsed.GetValue(_bundle) ?? ".",
        StateRoot = globals.StateRoot,
        ConfigFile = parsed.GetValue(_config),
        PidFile = parsed.GetValue(_pidFile),
        ConsoleSocket = parsed.GetValue(_consoleSocket),
        PidfdSocket = parsed.GetValue(_pidfdSocket),
        NoPivot = parsed.GetValue(_noPivot),
        NoNewKeyring = parsed.GetValue(_noNewKeyring),
        PreserveFds = Arguments.Count("--preserve-fds", parsed.GetValue(_preserveFds)),
        Strict = parsed.GetValue(_strict),
        CgroupManager = globals.CgroupManager,
        Rootless = globals.Rootless,
        InUserNamespace = globals.InUserNamespace,
    };
}
