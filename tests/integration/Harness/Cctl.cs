using System.Text;
using OciSpec;

namespace Integration.Tests.Harness;

/// <summary>The published executable with a state directory of its own. Disposing deletes every container that is left.</summary>
internal sealed class Cctl : IDisposable
{
    private readonly TempDir _state = new();

    /// <summary>The executable under test, which CCTL names.</summary>
    public static string Executable { get; } = Environment.GetEnvironmentVariable("CCTL")
        ?? throw new InvalidOperationException("CCTL must be the absolute path of the published executable: run the tests with make test-host or make test-vm");

    /// <summary>The directory given as --root.</summary>
    public string StateRoot => _state.Path;

    /// <summary>An id that no other test uses.</summary>
    public static string NewId() => "test-" + Guid.NewGuid().ToString("N")[..12];

    /// <summary>A command with --root in front of its arguments, to start or run.</summary>
    public Command Command(params string[] arguments) => new(Executable, ["--root", StateRoot, .. arguments]);

    /// <summary>Runs a command to its end.</summary>
    public CommandResult Run(params string[] arguments) => Command(arguments).Run();

    /// <summary>Runs a guest from a bundle in the foreground to its end.</summary>
    public CommandResult RunBundle(Bundle bundle, params string[] options) => Run(["run", "--bundle", bundle.Path, .. options, NewId()]);

    /// <summary>The first process of a container, on this machine.</summary>
    public int PidOf(string id) => ConfigFile.ParseState(Encoding.UTF8.GetBytes(Run("state", id).MustSucceed().Stdout)).Pid!.Value;

    public void Dispose()
    {
        foreach (string container in Directory.Exists(StateRoot) ? Directory.GetDirectories(StateRoot) : [])
        {
            Run("delete", "--force", Path.GetFileName(container));
        }

        _state.Dispose();
    }
}
