using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Security;

/// <summary>
/// What an attack needs: a state root of its own, a secret of the host (a file, a variable and an open descriptor of a
/// careless caller), and guests with the capabilities that it asks for. Disposing ends and removes all of it.
/// </summary>
internal sealed class Attack : IDisposable
{
    private readonly List<Bundle> _bundles = [];

    /// <summary>Makes the secret.</summary>
    public Attack() => Host.WriteFile("secret", Secret + "\n");

    /// <summary>The runtime.</summary>
    public Cctl Cctl { get; } = new();

    /// <summary>A directory of the host.</summary>
    public TempDir Host { get; } = new();

    /// <summary>The text that no guest may see.</summary>
    public string Secret { get; } = "secret-" + Guid.NewGuid().ToString("N");

    /// <summary>The file of the host that holds it.</summary>
    public string SecretFile => Host["secret"];

    /// <summary>A bundle whose guest runs a shell script as root, with further capabilities and without a user namespace.</summary>
    public Bundle Guest(string script, params string[] capabilities) => Program(["/bin/sh", "-c", script], capabilities);

    /// <summary>A bundle whose guest runs a program as root, with further capabilities and without a user namespace.</summary>
    public Bundle Program(string[] arguments, params string[] capabilities)
    {
        var bundle = new Bundle(arguments);
        _bundles.Add(bundle);
        return bundle.With(c =>
        {
            List<string> all = [.. c.Process!.Capabilities!.Bounding!, .. capabilities];
            c.Process.Capabilities = new() { Bounding = all, Effective = all, Permitted = all };
        });
    }

    /// <summary>
    /// A command of cctl whose caller was careless: the secret is in its environment as SECRET, it has the secret's directory
    /// as fd 7 and the file as fd 8, and works in that directory. Its streams are the null device, and errors go to a log.
    /// </summary>
    public Command Careless(params string[] arguments) =>
        new("/bin/bash", ["-c", $"exec 7<'{Host.Path}' 8<'{SecretFile}' && exec \"$@\" </dev/null >/dev/null 2>&1", "bash", Cctl.Executable, "--root", Cctl.StateRoot, "--log", Host["log"], .. arguments])
        {
            Directory = Host.Path,
            Environment = { ["SECRET"] = Secret },
        };

    /// <summary>Creates a container for that caller: its first process waits for `start`.</summary>
    public string Create(Bundle bundle)
    {
        string id = Cctl.NewId();
        MustSucceed(Careless("create", "--bundle", bundle.Path, id));
        return id;
    }

    /// <summary>Starts a container in the background for that caller.</summary>
    public string Run(Bundle bundle)
    {
        string id = Cctl.NewId();
        MustSucceed(Careless("run", "--detach", "--bundle", bundle.Path, id));
        return id;
    }

    /// <summary>Runs a careless caller's command, showing what it wrote when it fails.</summary>
    public void MustSucceed(Command command)
    {
        CommandResult result = command.Run();
        Assert.True(result.ExitCode == 0, $"{result.CommandLine}: exit status {result.ExitCode}\n{(File.Exists(Host["log"]) ? File.ReadAllText(Host["log"]) : "")}");
    }

    /// <summary>Puts a bundle's guest into the namespace of a kind that a process is in.</summary>
    public static Bundle Join(Bundle bundle, string kind, int pid) => Join(bundle, kind, $"/proc/{pid}/ns/{(kind == "network" ? "net" : kind)}");

    /// <summary>Puts a bundle's guest into the namespace that a path names.</summary>
    public static Bundle Join(Bundle bundle, string kind, string path) => bundle.With(c => c.Linux!.Namespaces!.Single(n => n.Type == kind).Path = path);

    /// <summary>Asserts that a guest's output holds nothing of the secret.</summary>
    public void AssertNoSecret(string output) => Assert.DoesNotContain(Secret, output, StringComparison.Ordinal);

    public void Dispose()
    {
        Cctl.Dispose();
        _bundles.ForEach(b => b.Dispose());
        Host.Dispose();
    }
}
