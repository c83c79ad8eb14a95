using System.Text.RegularExpressions;
using Integration.Tests.Harness;

namespace Integration.Tests.Installing;

/// <summary>What <c>make install</c> and <c>make deb</c> leave: it runs, and the manual says all that the commands take.</summary>
public sealed partial class InstallTests
{
    private static string Repository => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Cctl.Executable)!, ".."));

    [Fact]
    [HostOnly]
    public void Make_install_puts_executable_manual_and_completions_below_the_prefix_and_uninstall_takes_them_away()
    {
        using var directory = new TempDir();
        Script("scripts/install", directory.Path, "/opt/cctl").MustSucceed();
        string root = directory["opt/cctl"];
        Command.Run(root + "/bin/cctl", "--version").MustSucceed();
        Assert.Contains("0 layers, 0 damaged", Command.Run(root + "/bin/cctl", "system", "check", "--store", directory["store"]).MustSucceed().Stdout, StringComparison.Ordinal);
        string[] commands = Commands();
        Assert.Equal(
            commands.Select(c => $"cctl-{c}.1").Append("cctl.1").Order(StringComparer.Ordinal),
            Directory.GetFiles(root + "/share/man/man1").Select(Path.GetFileName).Order(StringComparer.Ordinal));
        foreach (string completion in (string[])["bash-completion/completions/cctl", "zsh/site-functions/_cctl", "fish/vendor_completions.d/cctl.fish"])
        {
            Assert.Contains("cctl completion words", File.ReadAllText($"{root}/share/{completion}"), StringComparison.Ordinal);
        }

        Script("scripts/install", directory.Path, "/opt/cctl", "--remove").MustSucceed();
        Assert.Empty(Directory.GetFiles(directory["opt"], "*", SearchOption.AllDirectories));
    }

    [Fact]
    [HostOnly]
    public void The_manual_renders_without_a_warning_and_has_every_command_and_every_option()
    {
        using var directory = new TempDir();
        Command.Run(Cctl.Executable, "man", "--directory", directory.Path).MustSucceed();
        string overview = Render(directory["cctl.1"]);
        foreach (string option in Options(Command.Run(Cctl.Executable, "--help").MustSucceed().Stdout))
        {
            Assert.Matches($@"(?m)^ {{7}}.*{Regex.Escape(option)}\b", overview);
        }

        foreach (string command in Commands())
        {
            Assert.Contains($"cctl-{command}(1)", overview, StringComparison.Ordinal);
            string page = Render(directory[$"cctl-{command}.1"]);
            foreach (string option in Options(Command.Run(Cctl.Executable, command, "--help").MustSucceed().Stdout))
            {
                Assert.Matches($@"(?m)^ {{7}}.*{Regex.Escape(option)}\b", page);
            }
        }
    }

    [Fact]
    [HostOnly]
    public void The_debian_package_is_the_same_each_time_and_holds_what_install_installs()
    {
        using var directory = new TempDir();
        string package = MakePackage(directory["1"]);
        Assert.Equal(File.ReadAllBytes(package), File.ReadAllBytes(MakePackage(directory["2"])));
        Command.Run("/usr/bin/dpkg-deb", "-x", package, directory["tree"]).MustSucceed();
        Command.Run(directory["tree/usr/bin/cctl"], "--version").MustSucceed();
        Assert.True(File.Exists(directory["tree/usr/share/man/man1/cctl-run.1.gz"]));
        Assert.True(File.Exists(directory["tree/usr/share/doc/cctl/copyright"]));
        Command.Run("/bin/sh", "-c", $"cd {directory["tree"]} && dpkg-deb --ctrl-tarfile {package} | tar -xO ./md5sums | md5sum -c --quiet -").MustSucceed();
    }

    [Fact]
    [VmOnly]
    public void The_debian_package_installs_runs_and_goes_away()
    {
        using var directory = new TempDir();
        Command.Run("/usr/bin/dpkg", "-i", MakePackage(directory.Path)).MustSucceed();
        try
        {
            Command.Run("/usr/bin/cctl", "--version").MustSucceed();
            using Bundle bundle = Bundle.Script("exit 5");
            Command.Run("/usr/bin/cctl", "--root", directory["state"], "run", "--bundle", bundle.Path, Cctl.NewId()).MustExit(5);
        }
        finally
        {
            Command.Run("/usr/bin/dpkg", "-P", "cctl").MustSucceed();
        }

        Assert.False(File.Exists("/usr/bin/cctl"));
    }

    private static string MakePackage(string directory) => Script("scripts/make-deb", "", "", directory).MustSucceed().Text;

    private static CommandResult Script(string script, string destdir, string prefix, params string[] arguments) =>
        new Command(Path.Combine(Repository, script), arguments)
        {
            Environment = new()
            {
                ["DESTDIR"] = destdir,
                ["PREFIX"] = prefix,
                ["CCTL"] = Cctl.Executable,
                ["SOURCE_DATE_EPOCH"] = "1700000000",
                ["DPKG_DEB_COMPRESSOR_TYPE"] = "gzip",
                ["DPKG_DEB_COMPRESSOR_LEVEL"] = "1",
            },
            Timeout = Place.Deadline(60),
        }.Run();

    private static string[] Commands()
    {
        string help = Command.Run(Cctl.Executable, "--help").MustSucceed().Stdout;
        string[] names = CommandName().Matches(help[help.IndexOf("Commands:", StringComparison.Ordinal)..help.IndexOf("Example:", StringComparison.Ordinal)]).Select(m => m.Groups[1].Value).ToArray();
        Assert.Contains("run", names);
        return names;
    }

    private static string[] Options(string help) => OptionName().Matches(help).Select(m => m.Groups[1].Value).Distinct().ToArray();

    private static string Render(string page)
    {
        CommandResult result = Command.Run("/usr/bin/groff", "-man", "-ww", "-Tutf8", "-P-cbou", page).MustSucceed();
        Assert.Empty(result.Stderr);
        return result.Stdout;
    }

    [GeneratedRegex(@"(?m)^  ([a-z]+)(?:,| |$)")]
    private static partial Regex CommandName();

    // An option's entry in the help, and its short name beside it.
    [GeneratedRegex(@"(?m)^  (?:-\w, )*(--[a-z0-9-]+)")]
    private static partial Regex OptionName();
}
