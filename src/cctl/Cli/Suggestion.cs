using System.CommandLine;

namespace Cctl.Cli;

/// <summary>What a person may have meant.</summary>
internal static class Suggestion
{
    /// <summary>Message for a command that does not exist.</summary>
    internal static string ForCommand(string word) =>
        $"unknown command \"{word}\": {(Nearest(word, CommandTable.Names) is { } near ? $"did you mean {near}?" : "see cctl --help")}";

    /// <summary>Message for an option that does not exist.</summary>
    internal static string ForOption(string word, IEnumerable<Option> options)
    {
        int equals = word.IndexOf('=');
        string name = equals < 0 ? word : word[..equals];
        return Nearest("--" + name.TrimStart('-'), options.Select(o => o.Name)) is { } near
            ? $"unknown option {name}, did you mean {near}"
            : $"unknown option {name}";
    }

    private static string? Nearest(string word, IEnumerable<string> candidates)
    {
        string? best = null;
        int bestDistance = Math.Max(1, word.Length / 3) + 1;
        foreach (string candidate in candidates)
        {
            int distance = Distance(word, candidate);
            if (distance < bestDistance)
            {
                best = candidate;
                bestDistance = distance;
            }
        }

        return best;
    }

    // Levenshtein's distance, where two neighbouring letters that changed places count once.
    private static int Distance(string a, string b)
    {
        int[,] table = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    table[i, j] = i + j;
                    continue;
                }

                int change = a[i - 1] == b[j - 1] ? 0 : 1;
                int least = Math.Min(Math.Min(table[i - 1, j], table[i, j - 1]) + 1, table[i - 1, j - 1] + change);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    least = Math.Min(least, table[i - 2, j - 2] + 1);
                }

                table[i, j] = least;
            }
        }

        return table[a.Length, b.Length];
    }
}
