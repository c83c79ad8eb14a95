using System.Diagnostics;
using System.Text.Json;
using OciSpec;
using Runtime;
using Runtime.Hooks;
using Runtime.Lifecycle;
using Runtime.State;

namespace Unit.Tests.Lifecycle;

public sealed class ContainerLifecycleTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();
    private readonly StateStore _store;
    private readonly Process _process = Process.Start(new ProcessStartInfo("/bin/sleep", "600"))!;

    public ContainerLifecycleTests() => _store = StateStore.Open(_temporary.Path);

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _store.Dispose();
        _temporary.Dispose();
    }

    [Fact]
    public void A_signal_reaches_the_first_process()
    {
        Make("c", alive: true);
        ContainerKiller.Signal(_store, "c", 15);
        Assert.True(_process.WaitForExit(10_000));
        Assert.Equal(128 + 15, _process.ExitCode);
    }

    [Fact]
    public void A_signal_to_a_stopped_container_says_that_it_is_not_running()
    {
        Make("c", alive: false);
        Assert.Contains("container not running", Assert.Throws<ContainerException>(() => ContainerKiller.Signal(_store, "c", 9)).Message, StringComparison.Ordinal);
        ContainerKiller.SignalAll(_store, "c", 9);
    }

    [Fact]
    public void A_running_container_is_deleted_by_force_only()
    {
        Make("c", alive: true);
        ContainerException e = Assert.Throws<ContainerException>(() => ContainerDeleter.Delete(_store, "c", force: false, null));
        Assert.Contains("is not stopped", e.Message, StringComparison.Ordinal);
        Assert.Contains("--force", e.Message, StringComparison.Ordinal);
        Assert.False(_process.HasExited);
        ContainerDeleter.Delete(_store, "c", force: true, null);
        Assert.True(_process.WaitForExit(10_000));
        Assert.Empty(_store.Ids());
    }

    [Fact]
    public void An_unknown_container_cannot_be_deleted_but_by_force()
    {
        Assert.Contains("does not exist", Assert.Throws<ContainerException>(() => ContainerDeleter.Delete(_store, "x", force: false, null)).Message, StringComparison.Ordinal);
        ContainerDeleter.Delete(_store, "x", force: true, null);
    }

    [Fact]
    public void What_a_killed_create_left_is_deleted()
    {
        _store.Create("c").Dispose();
        ContainerDeleter.Delete(_store, "c", force: false, null);
        Assert.Empty(_store.Ids());
        _store.Create("c").Dispose();
    }

    [Fact]
    public void A_damaged_record_is_deleted_by_force_only()
    {
        using (ContainerDirectory directory = _store.Create("c"))
        {
            File.WriteAllText(Path.Combine(directory.Path, ContainerDirectory.RecordName), "{");
        }

        Assert.Throws<ContainerException>(() => ContainerDeleter.Delete(_store, "c", force: false, null));
        ContainerDeleter.Delete(_store, "c", force: true, null);
        Assert.Empty(_store.Ids());
    }

    [Fact]
    public void Poststop_hooks_get_the_state_of_the_stopped_container()
    {
        Make("c", alive: false, [new Hook { Path = "/one" }, new Hook { Path = "/two" }]);
        var hooks = new RecordingHooks();
        ContainerDeleter.Delete(_store, "c", force: false, hooks);
        Assert.Equal(["/one", "/two"], hooks.Paths);
        Assert.Equal("stopped", hooks.State!.Status);
        Assert.Equal("c", hooks.State.Id);
        Assert.Equal(0, hooks.State.Pid);
    }

    [Fact]
    public void State_is_printed_with_the_names_and_values_that_callers_read()
    {
        Make("c", alive: true);
        using var json = JsonDocument.Parse(StateJson.One(ContainerView.Of(_store, "c")).ToArray());
        JsonElement state = json.RootElement;
        Assert.Equal(
            ["ociVersion", "id", "pid", "status", "bundle", "rootfs", "created", "annotations", "owner"],
            state.EnumerateObject().Select(p => p.Name));
        Assert.Equal(_process.Id, state.GetProperty("pid").GetInt32());
        Assert.Equal("running", state.GetProperty("status").GetString());
        Assert.Equal("root", state.GetProperty("owner").GetString());
        Assert.Equal("v", state.GetProperty("annotations").GetProperty("k").GetString());
        Assert.Matches("^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{9}Z$", state.GetProperty("created").GetString()!);
    }

    [Fact]
    public void A_stopped_container_has_pid_0()
    {
        Make("c", alive: false);
        ContainerView view = ContainerView.Of(_store, "c");
        Assert.Equal(ContainerStatus.Stopped, view.Status);
        Assert.Equal(0, view.Pid);
    }

    [Fact]
    public void All_containers_are_listed_by_id_and_a_damaged_one_does_not_hide_the_others()
    {
        Make("b", alive: true);
        Make("a", alive: false);
        Make("damaged", alive: false);
        File.WriteAllText(Path.Combine(_temporary.Path, "damaged", ContainerDirectory.RecordName), "{");
        Assert.Equal(["a", "b"], ContainerView.All(_store).Select(v => v.Id));
    }

    private void Make(string id, bool alive, List<Hook>? poststop = null)
    {
        using ContainerDirectory directory = _store.Create(id);
        ProcessIdentity process = ProcessIdentity.Of(_process.Id);
        directory.WriteRecord(new ContainerRecord
        {
            OciVersion = "1.3.0",
            Id = id,
            Bundle = "/b",
            Rootfs = "/b/rootfs",
            Created = Timestamps.Now(),
            Annotations = new Dictionary<string, string> { ["k"] = "v" },
            Phase = CreationPhase.Created,
            Init = alive ? process : process with { StartTicks = 1 },
            PoststopHooks = poststop,
        });
    }

    private sealed class RecordingHooks : IHookRunner
    {
        public List<string?> Paths { get; } = [];

        public ContainerState? State { get; private set; }

        public void RunPoststop(IReadOnlyList<Hook> hooks, ContainerState state)
        {
            Paths.AddRange(hooks.Select(h => h.Path));
            State = state;
        }
    }
}
