using System.Text.Json;
using Integration.Tests.Harness;

namespace Integration.Tests.Checkpoint;

/// <summary>What the tests of checkpoint and restore share: guests that count, in the background, and images of them.</summary>
internal sealed class CheckpointFixture : IDisposable
{
    /// <summary>Counts in memory, by a file that stays open, in the root filesystem's /count.</summary>
    public const string Counter = "exec 5>>/count; i=0; while :; do i=$((i+1)); echo $i >&5; sleep 0.1; done";

    private readonly string _globals;

    /// <param name="bundle">The bundle; disposed with the fixture.</param>
    /// <param name="globals">Options before the command.</param>
    public CheckpointFixture(Bundle bundle, string globals = "")
    {
        Bundle = bundle;
        _globals = globals;
    }

    public Cctl Cctl { get; } = new();

    public Bundle Bundle { get; }

    public TempDir Folder { get; } = new();

    public string Id { get; } = Cctl.NewId();

    /// <summary>Runs a shell command in which $CCTL is the executable with its state root.</summary>
    public CommandResult Shell(string script) => new Command("/bin/sh", "-c", script)
    {
        Environment = new() { ["CCTL"] = $"{Cctl.Executable} --root {Cctl.StateRoot} {_globals}" },
        Timeout = Place.Deadline(30),
    }.Run();

    /// <summary>Starts the guest in the background; its output goes nowhere.</summary>
    public CheckpointFixture Start()
    {
        Shell($"$CCTL run --detach --bundle {Bundle.Path} {Id} </dev/null >/dev/null 2>&1").MustSucceed();
        return this;
    }

    /// <summary>Checkpoints it into a folder of that name.</summary>
    public CommandResult Checkpoint(string images, string options = "") =>
        Shell($"$CCTL checkpoint --image-path {Folder[images]} {options} {Id}");

    /// <summary>Restores it from a folder of that name, in the background.</summary>
    public CommandResult Restore(string images, string options = "") =>
        RestoreTo(images, "</dev/null >/dev/null", options);

    /// <summary>Restores it as above, with these redirections of its standard input and output.</summary>
    public CommandResult RestoreTo(string images, string redirections, string options = "") =>
        Shell($"$CCTL restore --detach --bundle {Bundle.Path} --image-path {Folder[images]} --work-path {Folder["work"]} {options} {Id} {redirections} 2>{Folder["errors"]}; s=$?; cat {Folder["errors"]} >&2; exit $s");

    /// <summary>The state's property of that name; empty where there is no such container.</summary>
    public string State(string property)
    {
        CommandResult result = Cctl.Run("state", Id);
        if (result.ExitCode != 0)
        {
            return "";
        }

        using var json = JsonDocument.Parse(result.Stdout);
        return json.RootElement.GetProperty(property).ToString();
    }

    /// <summary>The numbers in /count.</summary>
    public int[] Count() => File.Exists(Bundle["rootfs/count"])
        ? File.ReadAllText(Bundle["rootfs/count"]).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse).ToArray()
        : [];

    /// <summary>Waits until the guest has counted further.</summary>
    public void WaitForCount(int more)
    {
        int before = Count().Length;
        Eventually.True(() => Count().Length >= before + more, Place.Deadline(5), () => $"it does not count any more: {string.Join(' ', Count())}");
    }

    public void Dispose()
    {
        Cctl.Dispose();
        Bundle.Dispose();
        Folder.Dispose();
    }
}
