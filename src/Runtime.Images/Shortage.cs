using Runtime.Linux;

namespace Runtime.Images;

/// <summary>What an error of a filesystem that has no more room means, and the way out.</summary>
internal static class Shortage
{
    internal static string Meaning(Errno errno) => errno switch
    {
        Errno.ENOSPC => ": the filesystem is full: free some space (cctl system df shows what images take, cctl system prune removes what nothing uses)",
        Errno.EDQUOT => ": the quota is used up: free some space (cctl system df shows what images take)",
        _ => "",
    };
}
