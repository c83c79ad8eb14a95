using System.Text;
using OciSpec;

namespace Runtime.Seccomp;

/// <summary>
/// Names of system calls that a profile has and no kernel: a newer kernel may have them, so a rule for one is skipped. What
/// differs from a known call by one letter is more likely a mistake; a number at its end is not, that is how new calls are called.
/// </summary>
internal static class MisspeltCall
{
    private const int Shortest = 4;

    /// <summary>The call that was probably meant; null where none is.</summary>
    internal static string? Nearest(string name)
    {
        ReadOnlySpan<char> word = WithoutNumber(name);
        if (word.Length < Shortest)
        {
            return null;
        }

        for (int i = 0; i < SyscallTable.Count; i++)
        {
            string known = Encoding.ASCII.GetString(SyscallTable.Name(i));
            if (Math.Abs(known.Length - name.Length) <= 1 && !WithoutNumber(known).SequenceEqual(word) && NearestName.Distance(name, known) == 1)
            {
                return known;
            }
        }

        return null;
    }

    private static ReadOnlySpan<char> WithoutNumber(string name) => name.AsSpan().TrimEnd("0123456789");
}
