using System.CommandLine;
using Cctl.Logging;
using Runtime;
using Runtime.Cgroups.Drivers;
using Runtime.Linux;
using Runtime.State;

namespace Cctl.Cli;

/// <summary>The options that every command has, and what they said.</summary>
internal sealed class Globals(ICommandTable commands)
{
    private readonly Option<string?> _root = Text("--root", "DIR", "directory of the containers' state, mode 0700 (default: /run/cctl)");
    private readonly Option<string?> _store = Text("--store", "DIR", "directory of images and their containers (default: /var/lib/cctl; an ordinary user's ~/.local/share/cctl)");
    private readonly Option<string?> _log = Text("--log", "FILE", "append errors and warnings to this file too");
    private readonly Option<string?> _logFormat = Text("--log-format", "text|json", "form of the log's lines (default: text)");
    private readonly Option<string?> _logLevel = Text("--log-level", "LEVEL", "least level that is logged: debug, info, warning or error (default: info)");
    private readonly Option<bool> _debug = Flag("--debug", "as --log-level debug");
    private readonly Option<bool> _systemdCgroup = Flag("--systemd-cgroup", "as --cgroup-manager systemd");
    private readonly Option<string?> _cgroupManager = Text("--cgroup-manager", "cgroupfs|systemd|disabled", "who makes cgroups (default: cgroupfs)");
    private readonly Option<string?> _rootless = Text("--rootless", "true|false|auto", "run without the host's root (default: auto)");
    private string? _stateRoot;
    private string _rootlessMode = "auto";
    private bool? _inUserNamespace;

    /// <summary>The options themselves, in the order in which help shows them.</summary>
    internal Option[] Options => [_root, _store, _log, _logFormat, _logLevel, _debug, _systemdCgroup, _cgroupManager, _rootless];

    /// <summary>The commands.</summary>
    internal ICommandTable Commands => commands;

    /// <summary>Who makes cgroups.</summary>
    internal CgroupManager CgroupManager { get; private set; }

    /// <summary>The words of the command line.</summary>
    internal string[] Arguments { get; set; } = [];

    /// <summary>Where images are kept; null for the default.</summary>
    internal string? Store { get; private set; }

    /// <summary>The exit status of a failure of cctl itself; the command's own, once it is known.</summary>
    internal int FailureStatus { get; set; } = CommandLine.Failure;

    /// <summary>Absolute path of the state root.</summary>
    internal string StateRoot => _stateRoot ??= StateStore.RootFor(IsUsersOwn());

    /// <summary>Whether containers are made without the host's root: as told, else found out from uid and user namespace.</summary>
    internal bool Rootless => _rootlessMode == "true" || (_rootlessMode == "auto" && (Sys.GetEuid() != 0 || InUserNamespace));

    /// <summary>Whether this process lives in a user namespace that is not the host's (user_namespaces(7): that one maps all of the 32-bit ids to themselves).</summary>
    internal bool InUserNamespace => _inUserNamespace ??= ReadUserNamespace();

    /// <summary>Takes the values, and sets up the log as soon as it is known.</summary>
    /// <exception cref="ContainerException">A value is not one of those allowed.</exception>
    internal void Read(ParseResult parsed)
    {
        Log.IsJson = OneOf("--log-format", parsed.GetValue(_logFormat), "text", "text", "json") == "json";
        RuntimeLog.Level = parsed.GetValue(_debug) ? LogLevel.Debug : Level(parsed.GetValue(_logLevel));
        if (parsed.GetValue(_log) is string log)
        {
            AppendingSink.Require(log); // Until then errors go to standard error alone.
            Log.File = log;
        }

        RuntimeLog.Sink = Log.Write;
        StateStore.FindId = word => commands.FindId(word, this);
        if (parsed.GetValue(_root) is { } root)
        {
            _stateRoot = root.Length > 0 ? System.IO.Path.GetFullPath(root) : throw new ContainerException("--root: empty path");
        }

        Store = parsed.GetValue(_store);
        _rootlessMode = OneOf("--rootless", parsed.GetValue(_rootless), "auto", "true", "false", "auto");
        CgroupManager = parsed.GetValue(_systemdCgroup) ? CgroupManager.Systemd : Manager(parsed.GetValue(_cgroupManager));
    }

    /// <summary>Opens the state root of containers that are there. The caller owns it.</summary>
    internal StateStore OpenStore() => StateStore.OpenExisting(StateRoot);

    /// <summary>An option with a value.</summary>
    internal static Option<string?> Text(string name, string valueName, string description, params string[] aliases) =>
        new(name, aliases) { HelpName = valueName, Description = description, Arity = ArgumentArity.ExactlyOne };

    /// <summary>An option that may stand several times, with a value each time.</summary>
    internal static Option<string[]> List(string name, string valueName, string description, params string[] aliases) =>
        new(name, aliases) { HelpName = valueName, Description = description, Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = false };

    /// <summary>An option without a value. No value is ever taken from the next word, which may be a container called "true".</summary>
    internal static Option<bool> Flag(string name, string description, params string[] aliases) =>
        new(name, aliases) { Description = description, Arity = ArgumentArity.Zero };

    /// <summary>The value, or the default where there is none.</summary>
    /// <exception cref="ContainerException">It is not one of those allowed.</exception>
    internal static string OneOf(string option, string? value, string absent, params ReadOnlySpan<string> allowed) =>
        value is null ? absent
        : allowed.Contains(value) ? value
        : throw new ContainerException($"{option} {value}: not one of {string.Join(", ", allowed)}");

    private static CgroupManager Manager(string? name) =>
        CgroupManagers.Find(OneOf("--cgroup-manager", name, CgroupManager.Cgroupfs.Name(), CgroupManagers.Names))!.Value;

    private static LogLevel Level(string? name) => name switch
    {
        null or "info" => LogLevel.Info,
        "trace" or "debug" => LogLevel.Debug,
        "warning" or "warn" => LogLevel.Warning,
        "error" or "fatal" or "panic" => LogLevel.Error,
        _ => throw new ContainerException($"--log-level {name}: not one of debug, info, warning, error"),
    };

    // Root of a user namespace that a person made keeps that person's directory; root under su or in a container does not.
    private bool IsUsersOwn() =>
        _rootlessMode != "false"
        && (Sys.GetEuid() != 0
            || (Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 }
                && Environment.GetEnvironmentVariable("USER") != "root"
                && InUserNamespace));

    private static bool ReadUserNamespace()
    {
        string? map = FileText.TryReadString(Abi.AT_FDCWD, "/proc/self/uid_map");
        return map is not null && !map.TrimEnd().EndsWith("4294967295", StringComparison.Ordinal);
    }
}
