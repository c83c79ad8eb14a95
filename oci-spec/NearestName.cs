namespace OciSpec;

/// <summary>What a person may have meant by a word that is not known.</summary>
public static class NearestName
{
    /// <summary>How many letters may differ in a word of this length for it to be a slip, and not another word.</summary>
    public static int Slip(string word) => word.Length < 4 ? 0 : word.Length < 8 ? 1 : 2;

    /// <summary>The candidate that differs least from the word, upper and lower case aside; null where none is near enough.</summary>
    /// <param name="word">The word.</param>
    /// <param name="candidates">What is known.</param>
    /// <param name="most">How many letters may differ.</param>
    public static string? Find(string word, IEnumerable<string> candidates, int most)
    {
        string? best = null;
        int bestDistance = most + 1;
        foreach (string candidate in candidates)
        {
            int distance = Math.Abs(word.Length - candidate.Length) >= bestDistance ? bestDistance : Distance(word, candidate);
            if (distance < bestDistance)
            {
                best = candidate;
                bestDistance = distance;
            }
        }

        return best;
    }

    /// <summary>Levenshtein's distance, where two neighbouring letters that changed places count once, and case does not count.</summary>
    public static int Distance(string a, string b)
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

                int least = Math.Min(Math.Min(table[i - 1, j], table[i, j - 1]) + 1, table[i - 1, j - 1] + (Same(a[i - 1], b[j - 1]) ? 0 : 1));
                if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1]))
                {
                    least = Math.Min(least, table[i - 2, j - 2] + 1);
                }

                table[i, j] = least;
            }
        }

        return table[a.Length, b.Length];
    }

    private static bool Same(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}
