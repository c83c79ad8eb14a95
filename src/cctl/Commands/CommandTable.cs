using Cctl.Cli;
using Cctl.Commands.Containers;
using Cctl.Commands.Images;

namespace Cctl.Commands;

/// <summary>Which names there are, and how each one's command is made. Only the command that is asked for is made.</summary>
internal sealed class CommandTable : ICommandTable
{
    /// <inheritdoc/>
    public string[] Names =>
    [
        "run", "create", "start", "state", "kill", "stop", "delete", "rm", "list", "ps", "exec", "pause", "resume", "unpause", "top", "update", "events", "stats", "checkpoint", "restore", "pull", "push", "login", "logout", "load", "import", "save", "images", "inspect", "history", "tag", "rmi", "system", "features", "spec", "explain", "completion", "man",
    ];

    /// <inheritdoc/>
    public string? FindId(string word, Globals globals) => ContainerNames.Find(globals, word)?.Id;

    /// <inheritdoc/>
    public CctlCommand? Create(string name, Globals globals) => name switch
    {
        "run" => RunCommand.Create(globals),
        "create" => CreateCommand.Create(globals),
        "start" => StartCommand.Create(globals),
        "state" => StateCommand.Create(globals),
        "kill" => KillCommand.Create(globals),
        "delete" or "rm" => DeleteCommand.Create(globals, name),
        "stop" => StopCommand.Create(globals),
        "list" or "ls" => ListCommand.Create(globals),
        "exec" => ExecCommand.Create(globals),
        "ps" or "top" => PsCommand.Create(globals, name),
        "pause" => PauseCommand.Create(globals),
        "resume" or "unpause" => ResumeCommand.Create(globals, name),
        "update" => UpdateCommand.Create(globals),
        "events" => EventsCommand.Create(globals),
        "stats" => StatsCommand.Create(globals),
        "checkpoint" => CheckpointCommand.Create(globals),
        "restore" => RestoreCommand.Create(globals),
        "pull" => PullCommand.Create(globals),
        "push" => PushCommand.Create(globals),
        "login" => LoginCommand.CreateLogin(),
        "logout" => LoginCommand.CreateLogout(),
        "load" => LoadCommand.Create(globals),
        "import" => ImportCommand.Create(globals),
        "save" => SaveCommand.Create(globals),
        "images" => ImagesCommand.Create(globals),
        "inspect" => InspectCommand.Create(globals),
        "history" => HistoryCommand.Create(globals),
        "tag" => TagCommand.Create(globals),
        "rmi" => RmiCommand.Create(globals),
        "system" => SystemCommand.Create(globals),
        "features" => FeaturesCommand.Create(),
        "spec" => SpecCommand.Create(globals),
        "explain" => ExplainCommand.Create(globals),
        "completion" => CompletionCommand.Create(globals),
        "man" => ManCommand.Create(globals),
        _ => null,
    };
}
