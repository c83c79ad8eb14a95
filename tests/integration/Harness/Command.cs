using System.Diagnostics;
using System.Text;

namespace Integration.Tests.Harness;

/// <summary>
/// A program to run: its arguments, input, environment and deadline. The environment starts empty but for PATH, HOME
/// and LANG, so that nothing of the test runner's (DOTNET_*) reaches what is tested.
/// </summary>
internal sealed class Command(string program, params string[] arguments)
{
    private const string Path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>What it reads on standard input, which ends after it.</summary>
    public string Input { get; init; } = "";

    /// <summary>The directory it starts in; null is the test runner's.</summary>
    public string? Directory { get; init; }

    /// <summary>Variables beside PATH, HOME and LANG.</summary>
    public Dictionary<string, string> Environment { get; init; } = [];

    /// <summary>After this the program and its descendants are killed and <see cref="TimeoutException"/> is thrown.</summary>
    public TimeSpan Timeout { get; init; } = Place.Deadline(20);

    /// <summary>Runs a program to its end with the defaults.</summary>
    public static CommandResult Run(string program, params string[] arguments) => new Command(program, arguments).Run();

    /// <summary>Starts it. The caller owns the process: <see cref="RunningCommand.Dispose"/> kills what is left.</summary>
    public RunningCommand Start()
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            WorkingDirectory = Directory ?? "",
        };
        start.Environment.Clear();
        start.Environment["PATH"] = Path;
        start.Environment["HOME"] = "/root";
        start.Environment["LANG"] = "C.UTF-8";
        foreach ((string name, string value) in Environment)
        {
            start.Environment[name] = value;
        }

        return new RunningCommand(ProgramFiles.Start(start), string.Join(' ', [program, .. arguments]));
    }

    /// <summary>Runs it to its end.</summary>
    public CommandResult Run()
    {
        using RunningCommand running = Start();
        running.Write(Input);
        running.CloseInput();
        return running.Wait(Timeout);
    }
}
