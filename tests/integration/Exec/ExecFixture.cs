using Integration.Tests.Harness;

namespace Integration.Tests.Exec;

/// <summary>A container that waits, for the tests that enter it.</summary>
public sealed class ExecFixture : IDisposable
{
    private readonly Bundle _bundle = new("/bin/sleep", "100000");
    private readonly TempDir _directory = new();

    public ExecFixture()
    {
        _bundle.With(c => c.Process!.Env!.Add("OF_THE_CONTAINER=1"));
        Cctl.Run("run", "--detach", "--bundle", _bundle.Path, Id).MustSucceed();
    }

    /// <summary>The container's id.</summary>
    internal string Id { get; } = Cctl.NewId();

    /// <summary>The executable with the container's state directory.</summary>
    internal Cctl Cctl { get; } = new();

    /// <summary>The absolute path of a name in a directory for what a test needs on the host.</summary>
    internal string this[string name] => _directory[name];

    /// <summary>Writes a file there.</summary>
    internal string Write(string name, string text) => _directory.WriteFile(name, text);

    /// <summary>Runs a command in the container, to its end.</summary>
    internal CommandResult Exec(params string[] words) => Cctl.Run(["exec", .. words]);

    /// <summary>Runs a script in the container, with options.</summary>
    internal CommandResult Script(string script, params string[] options) => Exec([.. options, Id, "sh", "-c", script]);

    /// <summary>A process file that runs a script as root without any capability, and what it says beside.</summary>
    internal string ProcessFile(string script, string more = ""","cwd":"/","env":["PATH=/bin"]""") => Write(
        $"process-{Guid.NewGuid():N}.json",
        $$"""{"args":["/bin/sh","-c","{{System.Text.Json.JsonEncodedText.Encode(script)}}"]{{more}}}""");

    public void Dispose()
    {
        Cctl.Dispose();
        _bundle.Dispose();
        _directory.Dispose();
    }
}
