using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Processes;

/// <summary>Standard streams that are pipes can be opened anew by the process's user, as /dev/stdout.</summary>
public sealed class PipeOwnerTests : IDisposable
{
    private const string Script = "echo out >/dev/stdout; echo err >/dev/stderr";
    private readonly Cctl _cctl = new();
    private readonly TempDir _files = new();

    public void Dispose()
    {
        _cctl.Dispose();
        _files.Dispose();
    }

    [Theory]
    [InlineData(0u, false)]
    [InlineData(1000u, false)]
    [InlineData(0u, true)]
    [InlineData(1000u, true)]
    public void A_user_opens_its_pipes_anew(uint uid, bool userNamespace)
    {
        using Bundle bundle = Of(Script, uid, userNamespace);
        CommandResult run = _cctl.RunBundle(bundle).MustSucceed();
        Assert.Equal(("out", "err"), (run.Text, run.Stderr.Trim()));
    }

    [Theory]
    [InlineData(1000u, false)]
    [InlineData(1000u, true)]
    public void So_it_does_after_create_and_start_and_in_exec(uint uid, bool userNamespace)
    {
        using Bundle bundle = Of("echo first >/dev/stdout; exec sleep 1000", uid, userNamespace);
        string id = Cctl.NewId();

        // A pipe of its own for the container, which stays with it when create has ended.
        Command shell = new("/bin/sh", "-c", $"{{ {Cctl.Executable} --root {_cctl.StateRoot} create --bundle {bundle.Path} {id} && {Cctl.Executable} --root {_cctl.StateRoot} start {id}; }} </dev/null 2>{_files["errors"]} | head -n 1");
        Assert.True(shell.Run().Text == "first", File.ReadAllText(_files["errors"]));
        CommandResult exec = _cctl.Run("exec", id, "/bin/sh", "-c", Script).MustSucceed();
        Assert.Equal(("out", "err"), (exec.Text, exec.Stderr.Trim()));
    }

    [Fact]
    public void A_file_keeps_its_owner()
    {
        using Bundle bundle = Of("echo out", 1000, userNamespace: false);
        new Command("/bin/sh", "-c", $"{Cctl.Executable} --root {_cctl.StateRoot} run --bundle {bundle.Path} {Cctl.NewId()} </dev/null >{_files["out"]}").Run().MustSucceed();
        Assert.Equal("0", new Command("stat", "-c", "%u", _files["out"]).Run().Text);
    }

    private static Bundle Of(string script, uint uid, bool userNamespace)
    {
        Bundle bundle = Bundle.Script(script).With(c => c.Process!.User = new UserSpec { Uid = uid, Gid = uid });
        return userNamespace ? bundle.InUserNamespace() : bundle;
    }
}
