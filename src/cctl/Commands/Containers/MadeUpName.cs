namespace Cctl.Commands.Containers;

/// <summary>Names for containers that were given none.</summary>
internal static class MadeUpName
{
    private static readonly string[] s_first =
    [
        "amber", "bold", "brisk", "calm", "clear", "crisp", "deep", "eager", "fair", "fleet", "fresh", "gentle", "golden", "grand", "green", "keen",
        "kind", "light", "lively", "lucid", "merry", "mild", "neat", "noble", "plain", "proud", "quick", "quiet", "ready", "sharp", "silver", "sunny",
    ];

    private static readonly string[] s_second =
    [
        "alder", "ash", "badger", "beech", "birch", "brook", "cedar", "crane", "delta", "elm", "falcon", "fern", "finch", "fjord", "glade", "grove",
        "harbor", "hazel", "heron", "island", "juniper", "kestrel", "lark", "linden", "maple", "meadow", "oak", "otter", "pine", "raven", "river", "willow",
    ];

    /// <summary>One that is free: with a number behind it, where the names alone are used up.</summary>
    internal static string Find(Predicate<string> isFree)
    {
        for (int attempt = 0; ; attempt++)
        {
            string name = $"{s_first[Random.Shared.Next(s_first.Length)]}-{s_second[Random.Shared.Next(s_second.Length)]}";
            name = attempt < 8 ? name : $"{name}-{Random.Shared.Next(1, 1_000_000)}";
            if (isFree(name))
            {
                return name;
            }
        }
    }
}
