using System.Text.Json;
using Integration.Tests.Harness;

namespace Integration.Tests.Cli;

[HostOnly]
public sealed class CommandLineTests
{
    [Fact]
    public void The_version_is_three_lines_that_callers_parse()
    {
        string[] lines = Command.Run(Cctl.Executable, "--version").MustSucceed().Lines;
        Assert.Equal(3, lines.Length);
        Assert.Matches(@"^cctl version \d+\.\d+\.\d+", lines[0]);
        Assert.Matches("^commit: .+", lines[1]);
        Assert.Equal("spec: 1.3.0", lines[2]);
    }

    [Fact]
    public void Help_lists_every_command_and_every_command_has_help_with_an_example()
    {
        string overview = Command.Run(Cctl.Executable, "--help").MustSucceed().Stdout;
        foreach (string name in (string[])["run", "create", "start", "state", "kill", "delete", "list", "spec", "explain", "completion", "man"])
        {
            Assert.Contains($"\n  {name}", overview, StringComparison.Ordinal);
            foreach (string[] words in (string[][])[[name, "--help"], ["help", name], [name, "-h"], ["--debug", name, "--help"]])
            {
                string help = Command.Run(Cctl.Executable, words).MustSucceed().Stdout;
                Assert.Contains("Usage:", help, StringComparison.Ordinal);
                Assert.Contains("Example:\n  ", help, StringComparison.Ordinal);
            }
        }

        Assert.Contains("--root", overview, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cctl: unknown command \"strat\": did you mean start?", "strat", "x")]
    [InlineData("cctl: unknown option --al, did you mean --all: see cctl kill --help", "kill", "x", "--al")]
    [InlineData("cctl: unknown option --roott, did you mean --root: see cctl --help", "--roott", "x", "list")]
    [InlineData("cctl: --all takes no value: --all=maybe", "kill", "x", "TERM", "--all=maybe")]
    [InlineData("cctl: --bundle: empty: name the bundle's directory", "create", "--bundle=", "x")]
    [InlineData("cctl: unknown option -V: did you mean --version? see cctl --help", "-V")]
    [InlineData("cctl: unknown option --Version, did you mean --version: see cctl --help", "--Version")]
    [InlineData("cctl: container id: a space at position 2 is not allowed: an id is letters, digits and _ + . -", "kill", "a b", "KILL")]
    [InlineData("cctl: kill needs ID: see cctl kill --help", "kill")]
    [InlineData("cctl: flag needs an argument: --bundle: see cctl create --help", "create", "x", "--bundle")]
    [InlineData("cctl: flag needs an argument: --root: see cctl --help", "--root")]
    [InlineData("cctl: unexpected argument \"b\": it takes one ID; the command stands in config.json, at /process/args: see cctl create --help", "create", "a", "b")]
    [InlineData("cctl: --log-format xml: not one of text, json", "--log-format", "xml", "list")]
    [InlineData("cctl: --preserve-fds -1: not a number from 0 to 1048576", "create", "--preserve-fds", "-1", "x")]
    [InlineData("cctl: container id: \"/\" at position 2 is not allowed: an id is letters, digits and _ + . -", "kill", "a/b", "KILL")]
    [InlineData("cctl: signal \"NONE\": there is none of that name: use a name such as TERM or KILL, or a number", "kill", "x", "NONE")]
    public void A_wrong_command_line_gets_one_line_that_says_what_is_wrong(string message, params string[] words)
    {
        using var cctl = new Cctl();
        CommandResult result = words[0].StartsWith("--root", StringComparison.Ordinal)
            ? Command.Run(Cctl.Executable, words)
            : cctl.Run(words);
        result.MustExit(1);
        Assert.Equal(message + "\n", result.Stderr);
        Assert.Empty(result.Stdout);
    }

    [Theory]
    [InlineData("-root", "list", "-format", "json")]
    [InlineData("--root", "list", "--format=json")]
    [InlineData("--root", "list", "-f", "json")]
    [InlineData("--root", "--debug=true", "list", "--format", "json")]
    public void Options_are_taken_with_one_dash_and_with_an_equals_sign(string root, params string[] words)
    {
        using var directory = new TempDir();
        string state = directory["state"];
        Assert.Equal("[]", Command.Run(Cctl.Executable, [root, state, .. words]).MustSucceed().Text);
        Assert.Equal("[]", Command.Run(Cctl.Executable, [.. words, root, state]).MustSucceed().Text);
        directory.WriteFile("state", "");
        Assert.Contains($"state root {state}: ENOTDIR", Command.Run(Cctl.Executable, [root, state, .. words]).MustExit(1).Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_is_appended_to_the_log_as_the_line_that_containerd_reads()
    {
        using var cctl = new Cctl();
        using var directory = new TempDir();
        string log = directory["log.json"];
        File.WriteAllText(log, "{\"before\":1}\n");
        CommandResult result = new Command(Cctl.Executable, "--log", log, "--log-format", "json", "--root", cctl.StateRoot, "state", "no\"body").Run().MustExit(1);
        string[] lines = File.ReadAllLines(log);
        Assert.Equal(2, lines.Length);
        using var json = JsonDocument.Parse(lines[1]);
        Assert.Equal("error", json.RootElement.GetProperty("level").GetString());
        Assert.Equal(result.Stderr, $"cctl: {json.RootElement.GetProperty("msg").GetString()}\n");
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$", json.RootElement.GetProperty("time").GetString()!);
    }

    [Fact]
    public void With_json_and_no_file_standard_error_has_the_json_line_alone()
    {
        using var cctl = new Cctl();
        CommandResult result = new Command(Cctl.Executable, "--log-format=json", "--root", cctl.StateRoot, "state", "nobody").Run().MustExit(1);
        using var json = JsonDocument.Parse(result.Stderr);
        Assert.Contains("does not exist", json.RootElement.GetProperty("msg").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_log_has_time_level_and_message()
    {
        using var cctl = new Cctl();
        using var directory = new TempDir();
        new Command(Cctl.Executable, "--log", directory["log"], "--root", cctl.StateRoot, "state", "nobody").Run().MustExit(1);
        Assert.Matches("^time=\"[^\"]+\" level=error msg=\"container .*\"\n$", File.ReadAllText(directory["log"]));
    }

    [Fact]
    public void Output_that_nobody_reads_is_no_error()
    {
        CommandResult result = Command.Run("/bin/bash", "-c", $"set -o pipefail; '{Cctl.Executable}' --help | true");
        result.MustSucceed();
        Assert.Empty(result.Stderr);
    }

    [Fact]
    public void A_state_root_that_others_can_write_is_refused()
    {
        using var directory = new TempDir();
        File.SetUnixFileMode(directory.Path, (UnixFileMode)0b111_111_111);
        CommandResult result = Command.Run(Cctl.Executable, "--root", directory.Path, "list").MustExit(1);
        Assert.Contains("others may write to it", result.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public void A_completion_script_is_printed_for_each_shell(string shell) =>
        Assert.Contains("cctl completion words", Command.Run(Cctl.Executable, "completion", shell).MustSucceed().Stdout, StringComparison.Ordinal);

    [Fact]
    public void Bash_takes_the_completion_script_and_completes_commands_and_options()
    {
        using var directory = new TempDir();
        File.CreateSymbolicLink(directory["cctl"], Cctl.Executable);
        string Complete(string words, int word) => Command.Run(
            "/bin/bash",
            "-c",
            $"PATH={directory.Path}:$PATH; source <(cctl completion bash); COMP_WORDS=({words}); COMP_CWORD={word}; _cctl; printf '%s\\n' \"${{COMPREPLY[@]}}\"").MustSucceed().Text;
        Assert.Equal("stats\nstate\nstart", string.Join('\n', Complete("cctl sta", 1).Split('\n').OrderDescending()));
        Assert.Equal("--all", Complete("cctl kill --al", 2));
        Assert.Equal("json", Complete("cctl list --format js", 3));
    }
}
