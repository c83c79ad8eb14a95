using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.ContainerHooks;

/// <summary>What hooks write, how they end, and the environment of those that name none.</summary>
[HostOnly]
public sealed class HookOutputTests : IDisposable
{
    private readonly TempDir _out = new();
    private readonly Cctl _cctl = new();
    private readonly string _id = Cctl.NewId();

    public void Dispose()
    {
        _cctl.Dispose();
        _out.Dispose();
    }

    [Fact]
    public void Nothing_of_it_lands_among_what_the_guest_writes()
    {
        Hook loud = Shell("echo from a hook; echo from a hook >&2");
        using Bundle bundle = new Bundle("/bin/echo", "from the guest").With(c => c.Hooks = new Hooks
        {
            Prestart = [loud],
            CreateRuntime = [loud],
            CreateContainer = [loud],
            StartContainer = [loud],
            Poststart = [loud],
            Poststop = [loud],
        });
        CommandResult result = _cctl.RunBundle(bundle).MustSucceed();
        Assert.Equal("from the guest\n", result.Stdout);
        Assert.Equal("", result.Stderr);
    }

    [Theory]
    [InlineData("createRuntime")]
    [InlineData("createContainer")]
    [InlineData("startContainer")]
    public void That_nobody_reads_any_more_is_no_failure(string kind)
    {
        using Bundle bundle = With(kind, "echo one && echo two >&2 || exit 8");
        string script = $"{{ {Cctl.Executable} --root {_cctl.StateRoot} run --detach --bundle {bundle.Path} {_id}; echo $? >{_out["status"]}; }} 2>&1 | true";
        Command.Run("bash", "-c", script).MustSucceed();
        Assert.Equal("0", File.ReadAllText(_out["status"]).Trim());
    }

    [Theory]
    [InlineData("prestart")]
    [InlineData("createRuntime")]
    [InlineData("createContainer")]
    [InlineData("startContainer")]
    public void The_last_line_of_a_hook_that_fails_is_told_and_how_it_ended(string kind)
    {
        using Bundle bundle = With(kind, "i=0; while [ $i -lt 200 ]; do echo line $i; i=$((i+1)); done; echo no such network >&2; exit 7");
        CommandResult result = _cctl.Run("run", "--bundle", bundle.Path, _id).MustExit(1);
        Assert.Equal($"cctl: /hooks/{kind}/0: run /bin/sh: exit status 7: no such network\n", result.Stderr);
        Assert.Equal("", result.Stdout);

        using Bundle killed = With(kind, "echo about to; kill -SEGV $$");
        result = _cctl.Run("run", "--bundle", killed.Path, _id).MustExit(1);
        Assert.Equal($"cctl: /hooks/{kind}/0: run /bin/sh: killed by SIGSEGV: about to\n", result.Stderr);
    }

    [Fact]
    public void Only_the_hook_that_failed_is_quoted()
    {
        using Bundle bundle = With("createContainer", "echo of the first");
        bundle.With(c => c.Hooks!.CreateContainer!.Add(Shell("exit 3")));
        Assert.Equal("cctl: /hooks/createContainer/1: run /bin/sh: exit status 3\n", _cctl.Run("run", "--bundle", bundle.Path, _id).MustExit(1).Stderr);
    }

    [Fact]
    public void Start_tells_it_too_with_what_a_terminal_would_obey_escaped()
    {
        using Bundle bundle = With("startContainer", @"printf 'gone \033[2J\n'; kill -KILL $$");
        _cctl.Run("create", "--bundle", bundle.Path, _id).MustSucceed();
        string error = _cctl.Run("start", _id).MustExit(1).Stderr;
        Assert.StartsWith("cctl: /hooks/startContainer: a hook failed: killed by SIGKILL: gone ", error, StringComparison.Ordinal);
        Assert.DoesNotContain('\x1b', error);
    }

    [Fact]
    public void A_hook_that_is_killed_for_its_time_is_quoted_as_well()
    {
        using Bundle bundle = With("createRuntime", "echo waiting for a lease; exec sleep 1000");
        bundle.With(c => c.Hooks!.CreateRuntime![0].Timeout = 1);
        Assert.Contains("was killed: waiting for a lease\n", _cctl.Run("run", "--bundle", bundle.Path, _id).MustExit(1).Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("createRuntime", "runtime")]
    [InlineData("createContainer", "runtime")]
    [InlineData("startContainer", "process")]
    [InlineData("poststart", "runtime")]
    [InlineData("poststop", "runtime")]
    public void Without_env_it_has_the_environment_of_who_runs_it(string kind, string whose)
    {
        using Bundle bundle = With(kind, $"echo $OF_THE >>{(kind == "startContainer" ? "/out" : _out.Path)}/env");
        Hook hook = Hooks(bundle, kind)[0];
        hook.Env = null;
        bundle.With(c =>
        {
            c.Mounts!.Add(new() { Destination = "/out", Source = _out.Path, Options = ["bind"] });
            c.Process!.Env!.Add("OF_THE=process");
            c.Process.Args = ["/bin/true"];
        });
        Command run = new(Cctl.Executable, "--root", _cctl.StateRoot, "run", "--bundle", bundle.Path, _id) { Environment = { ["OF_THE"] = "runtime" } };
        run.Run().MustSucceed();

        // An empty one is empty.
        hook.Env = [];
        bundle.Save();
        run.Run().MustSucceed();
        Assert.Equal([whose, ""], File.ReadAllLines(_out["env"]));
    }

    private static List<Hook> Hooks(Bundle bundle, string kind) => kind switch
    {
        "prestart" => bundle.Config.Hooks!.Prestart!,
        "createRuntime" => bundle.Config.Hooks!.CreateRuntime!,
        "createContainer" => bundle.Config.Hooks!.CreateContainer!,
        "startContainer" => bundle.Config.Hooks!.StartContainer!,
        "poststart" => bundle.Config.Hooks!.Poststart!,
        _ => bundle.Config.Hooks!.Poststop!,
    };

    private static Bundle With(string kind, string script) => new Bundle("/bin/sleep", "1000").With(c => c.Hooks = new Hooks
    {
        Prestart = kind == "prestart" ? [Shell(script)] : null,
        CreateRuntime = kind == "createRuntime" ? [Shell(script)] : null,
        CreateContainer = kind == "createContainer" ? [Shell(script)] : null,
        StartContainer = kind == "startContainer" ? [Shell(script)] : null,
        Poststart = kind == "poststart" ? [Shell(script)] : null,
        Poststop = kind == "poststop" ? [Shell(script)] : null,
    });

    private static Hook Shell(string script) => new() { Path = "/bin/sh", Args = ["sh", "-c", script], Env = ["PATH=/usr/bin:/bin"] };
}
