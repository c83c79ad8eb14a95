using System.CommandLine;
using Cctl.Cli;
using Cctl.Streams;

namespace Cctl.Commands;

/// <summary><c>completion</c>: a script for the shell, which asks <c>cctl completion words</c> what may come next.</summary>
internal static class CompletionCommand
{
    internal static CctlCommand Create(Globals globals)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish", Arity = ArgumentArity.ExactlyOne };
        var words = new Argument<string[]>("WORDS") { Description = "for the scripts: the words typed so far", Arity = ArgumentArity.ZeroOrMore, Hidden = true };
        var command = new CctlCommand(
            "completion",
            "print a script that completes commands, options, signals and container ids",
            "source <(cctl completion bash)\ncctl completion fish > ~/.config/fish/completions/cctl.fish")
        {
            StopsAtFirstArgument = true,
        };
        command.Arguments.Add(shell);
        command.Arguments.Add(words);
        command.SetAction(parsed =>
        {
            string name = parsed.GetValue(shell)!;
            string[] typed = parsed.GetValue(words) ?? [];
            if (name != "words" && typed is [{ } second, ..])
            {
                throw new UsageException($"completion {name}: unexpected argument: {second}: one shell at a time");
            }

            Output.Write(name == "words" ? Completion.Candidates(typed, globals) : Script(name));
            return 0;
        });
        return command;
    }

    private static string Script(string shell) => shell switch
    {
        "bash" => """
            # bash completion for cctl
            _cctl() {
                local IFS=$'\n' words current="${COMP_WORDS[COMP_CWORD]}"
                words=$(cctl completion words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
                [ "$current" != = ] || current=
                case $words in
                    :files) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current")) ;;
                    :directories) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$current")) ;;
                    *) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
                esac
            }
            complete -F _cctl cctl

            """,
        "zsh" => """
            #compdef cctl
            # zsh completion for cctl
            _cctl() {
                local -a candidates
                candidates=(${(f)"$(cctl completion words -- "${(@)words[2,CURRENT]}" 2>/dev/null)"})
                case "$candidates" in
                    :files) compset -P '-*='; _files ;;
                    :directories) compset -P '-*='; _files -/ ;;
                    *) (( ${#candidates} )) && compadd -a candidates ;;
                esac
            }
            if [ "$funcstack[1]" = _cctl ]; then _cctl "$@"; else compdef _cctl cctl; fi

            """,
        "fish" => """
            # fish completion for cctl
            function __cctl_complete
                set -l words (commandline -opc) (commandline -ct)
                set -l found (cctl completion words -- $words[2..-1] 2>/dev/null)
                switch "$found"
                    case ''
                    case ':files'
                        set -l option (string match -r -- '^-[^=]*=' $words[-1])
                        printf "$option%s\n" (__fish_complete_path (string replace -r -- '^-[^=]*=' '' $words[-1]))
                    case ':directories'
                        set -l option (string match -r -- '^-[^=]*=' $words[-1])
                        printf "$option%s\n" (__fish_complete_directories (string replace -r -- '^-[^=]*=' '' $words[-1]))
                    case '*'
                        printf '%s\n' $found
                end
            end
            complete -c cctl -f -a '(__cctl_complete)'

            """,
        _ => throw new UsageException($"completion {shell}: not one of bash, zsh, fish"),
    };
}
