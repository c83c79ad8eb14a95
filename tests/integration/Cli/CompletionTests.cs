using Integration.Tests.Harness;

namespace Integration.Tests.Cli;

/// <summary>The completion scripts in the shells that they are for: each loads its own and is asked as by the Tab key.</summary>
[HostOnly]
public sealed class CompletionTests : IDisposable
{
    // zsh completes only where a person types: in a terminal of its own.
    private const string Zsh = """
        zmodload zsh/zpty
        zpty -b shell zsh -f -i
        zpty -w shell "PS1='prompt> '; unset zle_bracketed_paste; unsetopt list_beep beep; autoload -U compinit; compinit -u -D; source <(cctl completion zsh); echo rea''dy"
        until [[ $shown == *ready*prompt* ]]; do zpty -r shell line; shown+=$line; done
        zpty -w -n shell "$1"$'\t'
        # What is typed next comes behind what has been completed.
        zpty -w -n shell '@end'
        until [[ $shown == *@end* ]]; do zpty -r shell line; shown+=$line; done
        zpty -d shell
        print -r -- "$shown"
        """;

    private readonly TempDir _directory = new();

    public CompletionTests()
    {
        Directory.CreateDirectory(_directory["bin"]);
        File.CreateSymbolicLink(_directory["bin/cctl"], Cctl.Executable);
        Directory.CreateDirectory(_directory["some directory"]);
        _directory.WriteFile("some-file", "");
    }

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("cctl sta", "start", "state", "stats")]
    [InlineData("cctl kill --al", "--all")]
    [InlineData("cctl --ro", "--root", "--rootless")]
    [InlineData("cctl list --format ", "json", "table")]
    [InlineData("cctl completion ", "bash", "fish", "zsh")]
    [InlineData("cctl --log=some-file completion ", "bash", "fish", "zsh")]
    [InlineData("cctl start some")]
    [InlineData("cctl run --bundle some", "some directory")]
    [InlineData("cctl run --pid-file some-f", "some-file")]
    public void Bash_and_fish_offer(string typed, params string[] offered)
    {
        Assert.Equal(offered, Candidates(Run("/usr/bin/fish", "--no-config", "-c", "cctl completion fish | source; complete -C $argv[1]", typed)));
        string[] words = typed.Split(' ');
        Assert.Equal(offered, Candidates(Run(
            "/bin/bash", ["--norc", "-c", "source <(cctl completion bash); COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _cctl; printf '%s\\n' \"${COMPREPLY[@]}\"", "bash", .. words])));
    }

    /// <summary>bash takes words apart at the equals sign (COMP_WORDBREAKS), and completes what comes behind it.</summary>
    [Theory]
    [InlineData("cctl list --format=", "json", "table")]
    [InlineData("cctl list --format=js", "json")]
    [InlineData("cctl run --bundle=some", "some directory")]
    [InlineData("cctl run --pid-file=some-f", "some-file")]
    [InlineData("cctl --log=some-file completion ba", "bash")]
    public void A_value_behind_an_equals_sign_is_offered(string typed, params string[] offered)
    {
        string[] words = typed.Replace("=", " = ", StringComparison.Ordinal).Split(' ');
        words = words[^1].Length == 0 ? words[..^1] : words;
        Assert.Equal(offered, Candidates(Run(
            "/bin/bash", ["--norc", "-c", "source <(cctl completion bash); COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _cctl; printf '%s\n' \"${COMPREPLY[@]}\"", "bash", .. words])));
        string last = typed.Split(' ')[^1];
        string prefix = last[..(last.IndexOf('=') + 1)];
        Assert.Equal(offered.Select(o => prefix + o), Candidates(Run("/usr/bin/fish", "--no-config", "-c", "cctl completion fish | source; complete -C $argv[1]", typed)));
    }

    [Fact]
    public void One_shell_at_a_time() =>
        Assert.Equal("cctl: completion bash: unexpected argument: zsh: one shell at a time\n", Command.Run(Cctl.Executable, "completion", "bash", "zsh").MustExit(1).Stderr);

    [Theory]
    [InlineData("cctl kill --al", "cctl kill --all ")]
    [InlineData("cctl list --format=js", "cctl list --format=json ")]
    [InlineData("cctl run --bundle=some", "cctl run --bundle=some\\ directory/")]
    [InlineData("cctl list --format js", "cctl list --format json ")]
    [InlineData("cctl checkp", "cctl checkpoint ")]
    [InlineData("cctl start some", "cctl start some")]
    [InlineData("cctl run --bundle some", "cctl run --bundle some\\ directory/")]
    [InlineData("cctl run --pid-file some-f", "cctl run --pid-file some-file ")]
    public void Zsh_completes(string typed, string completed)
    {
        string shown = Run("/usr/bin/zsh", "-f", "-c", Zsh, "zsh", typed);
        Assert.EndsWith(completed + "@end", Typed(shown), StringComparison.Ordinal);
    }

    private string Run(string shell, params string[] arguments)
    {
        Assert.SkipUnless(File.Exists(shell) || Environment.GetEnvironmentVariable("CI") == "true", $"{shell} is not installed");
        return new Command(shell, arguments)
        {
            Directory = _directory.Path,
            Environment = { ["PATH"] = $"{_directory["bin"]}:{Environment.GetEnvironmentVariable("PATH")}", ["HOME"] = _directory.Path, ["TERM"] = "dumb" },
        }.Run().MustSucceed().Stdout;
    }

    // fish describes directories behind a tab, and shells differ in the slash at a directory's end.
    private static string[] Candidates(string lines) =>
        [.. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('\t')[0].TrimEnd('/')).Order(StringComparer.Ordinal)];

    // A terminal's line: a backspace takes a character back, control sequences show nothing.
    private static string Typed(string shown)
    {
        var line = new System.Text.StringBuilder();
        foreach (char c in System.Text.RegularExpressions.Regex.Replace(shown, "\e\\[[0-9;?]*[a-zA-Z]|\e[=>]", ""))
        {
            if (c == '\b')
            {
                line.Length = Math.Max(0, line.Length - 1);
            }
            else if (c >= ' ')
            {
                line.Append(c);
            }
        }

        return line.ToString().TrimEnd();
    }
}
