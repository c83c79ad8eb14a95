using System.CommandLine;

namespace Cctl.Cli;

/// <summary>
/// Makes what callers of runc send into what the parser takes: long options with one dash (<c>-no-subreaper</c>),
/// flags with a value (<c>--detach=true</c>). Finds the command's name before any command is made.
/// </summary>
internal static class ArgumentScan
{
    /// <summary>Position of the command's name: the first word that is neither a global option nor its value; −1 where there is none.</summary>
    internal static int FindCommand(string[] arguments, Option[] globals)
    {
        for (int i = 0; i < arguments.Length; i++)
        {
            string word = arguments[i];
            if (!IsOption(word))
            {
                return i;
            }

            if (Find(word, globals) is { } option && TakesNext(option, word))
            {
                i++;
            }
        }

        return -1;
    }

    // A word of several letters, and the next one where the last of them takes a value and the word has none for it.
    private static bool AddLetters(List<string> words, string[] arguments, ref int at, CctlCommand command)
    {
        string word = arguments[at];
        if (Unbundle(word, command) is not { } letters)
        {
            return false;
        }

        words.AddRange(letters);
        if (letters[^1] == "-" + word[^1] && Find(letters[^1], command.Options) is { Arity.MinimumNumberOfValues: > 0 } && at + 1 < arguments.Length)
        {
            words.Add(arguments[++at]);
        }

        return true;
    }

    /// <summary>
    /// The words as the parser takes them: global options, the command's name (at <paramref name="at"/>), the rest. An
    /// option of the command's own is meant where both have the name.
    /// </summary>
    internal static List<string> Normalize(string[] arguments, int at, Option[] globals, CctlCommand command, out bool asksForHelp)
    {
        asksForHelp = false;
        var words = new List<string>(arguments.Length + 1);
        var rest = new List<string>(arguments.Length) { command.Name };
        for (int i = 0; i < arguments.Length; i++)
        {
            string word = arguments[i];
            if (i == at)
            {
                continue;
            }

            if (i > at && command.StopsAtFirstArgument && !IsOption(word))
            {
                // What follows the container's id is the guest's command: nothing of it is an option of ours.
                rest.Add("--");
                rest.Add(word);
                rest.AddRange(arguments.AsSpan(i + 1 < arguments.Length && arguments[i + 1] == "--" ? i + 2 : i + 1));
                break;
            }

            if (word == "--")
            {
                rest.AddRange(arguments.AsSpan(i));
                break;
            }

            if (i > at && word == "-h" && i + 1 == arguments.Length)
            {
                asksForHelp = true; // also where it is an option that takes a value
                continue;
            }

            if (i > at && AddLetters(rest, arguments, ref i, command))
            {
                continue;
            }

            Option? own = i > at && IsOption(word) ? Find(word, command.Options) : null;
            Option? option = own ?? (IsOption(word) ? Find(word, globals) : null);
            List<string> target = own is null && option is not null ? words : rest;
            if (option is null)
            {
                asksForHelp |= word is "--help" or "-help" or "-h";
                RefuseUnlessArgument(word, asksForHelp, i < at, globals, command);
                target.Add(word);
                continue;
            }

            AddOption(target, option, word);
            if (TakesNext(option, word) && i + 1 < arguments.Length)
            {
                target.Add(arguments[++i]);
            }
        }

        words.AddRange(rest);
        return words;
    }

    /// <summary>
    /// <c>-it</c> as <c>-i -t</c>, <c>-eA=B</c> as <c>-e A=B</c>: each letter is an option of the command's own, and behind the first that
    /// takes a value the rest is that. Null for what is no such word.
    /// </summary>
    private static List<string>? Unbundle(string word, CctlCommand command)
    {
        if (word.Length < 3 || word[0] != '-' || word[1] is '-' or '=' || word[2] == '=' || Find(word, command.Options) is not null)
        {
            return null;
        }

        var letters = new List<string>();
        for (int i = 1; i < word.Length; i++)
        {
            if (Find("-" + word[i], command.Options) is not { } option)
            {
                return null;
            }

            letters.Add("-" + word[i]);
            if (option.Arity.MinimumNumberOfValues > 0 && i + 1 < word.Length)
            {
                letters.Add(word[(i + 1)..]);
                break;
            }
        }

        return letters;
    }

    // The parser would take an unknown option for an argument.
    private static void RefuseUnlessArgument(string word, bool asksForHelp, bool beforeCommand, Option[] globals, CctlCommand command)
    {
        if (IsOption(word) && !asksForHelp)
        {
            if (beforeCommand && Find(word, command.Options) is not null)
            {
                throw new UsageException($"{word} is an option of {command.Name}: it stands behind the command: cctl {command.Name} {word}");
            }

            throw new UsageException(Suggestion.WithHelp(Suggestion.ForOption(word, globals.Concat(command.Options), command.Name), $"cctl {command.Name} --help"));
        }
    }

    private static void AddOption(List<string> words, Option option, string word)
    {
        int equals = word.IndexOf('=');
        if (equals < 0)
        {
            // A long name of its own is kept: messages name what was typed.
            words.Add(word.StartsWith("--", StringComparison.Ordinal) ? word : option.Name);
        }
        else if (option.Arity.MaximumNumberOfValues > 0 && equals == word.Length - 1)
        {
            // The parser would take the next word for the value.
            words.Add(option.Name);
            words.Add(string.Empty);
        }
        else if (option.Arity.MaximumNumberOfValues > 0)
        {
            words.Add(option.Name + word[equals..]);
        }
        else if (word.AsSpan(equals + 1) is "true" or "1")
        {
            words.Add(option.Name);
        }
        else if (word.AsSpan(equals + 1) is not ("false" or "0"))
        {
            throw new UsageException($"{option.Name} takes no value: {word}");
        }
    }

    private static bool IsOption(string word) => word.Length > 1 && word[0] == '-';

    internal static bool TakesNext(Option option, string word) => option.Arity.MinimumNumberOfValues > 0 && !word.Contains('=');

    /// <summary>The option that a word names, with one dash or two; null where there is none.</summary>
    internal static Option? Find(string word, IEnumerable<Option> options)
    {
        int equals = word.IndexOf('=');
        ReadOnlySpan<char> name = equals < 0 ? word : word.AsSpan(0, equals);
        ReadOnlySpan<char> bare = name.TrimStart('-');
        foreach (Option option in options)
        {
            // --name, or -name: no short option has more than one letter.
            if (option.Name.AsSpan(2).SequenceEqual(bare) && (name.Length - bare.Length == 2 || bare.Length > 1))
            {
                return option;
            }

            foreach (string alias in option.Aliases)
            {
                if (name.SequenceEqual(alias))
                {
                    return option;
                }
            }
        }

        return null;
    }
}
