using System.Runtime.InteropServices;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Checkpoint;

/// <summary>
/// SECURITY: the filters that criu loads. A kernel that is asked says that there is one, and not which. So each thread's chain
/// in the images must have the config's filter, byte for byte as a launch loads it; what the guest added to it is its own, and
/// can only refuse more (seccomp(2)). (criu's images/seccomp.proto and core.proto)
/// </summary>
internal static class SeccompImage
{
    private const string Name = "seccomp.img";
    private const string Pointer = "/linux/seccomp";
    private const uint Magic = 0x64413049;
    private const uint Dead = 2, Zombie = 6, FilterMode = 2;

    /// <summary>Looks at the filters of every thread.</summary>
    /// <param name="images">The images of records by name.</param>
    /// <param name="filter">The config's.</param>
    /// <exception cref="ImageException">A thread would be without it.</exception>
    public static void Check(IReadOnlyDictionary<string, byte[]> images, SeccompFilter filter)
    {
        List<ImageMessage> filters = images.TryGetValue(Name, out byte[]? bytes)
            ? ImageRecords.Read(Name, bytes, Magic).SelectMany(r => new ImageMessage(Name, r).Messages(1)).ToList()
            : [];
        uint allowed = SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG | filter.Flags;
        if (filters.Exists(f => ((f.Number(3) ?? 0) & ~allowed) != 0))
        {
            throw new ImageException(Name, $"{Pointer}/flags: a filter has flags that the config does not give");
        }

        ReadOnlySpan<byte> program = MemoryMarshal.AsBytes<sock_filter>(filter.Program);
        foreach ((string name, byte[] core) in images)
        {
            if (ImageKind.Of(name)?.Magic == ImageKind.CoreMagic && !IsFiltered(name, core, filters, program))
            {
                throw new ImageException(name, $"{Pointer}: the config's filter is not among those of this thread: it was taken with another profile, or by a version of cctl that compiles it otherwise");
            }
        }
    }

    private static bool IsFiltered(string name, byte[] core, List<ImageMessage> filters, ReadOnlySpan<byte> program)
    {
        foreach (byte[] record in ImageRecords.Read(name, core, ImageKind.CoreMagic))
        {
            var thread = new ImageMessage(name, record);
            if (thread.Message(3)?.Number(1) is Dead or Zombie)
            {
                continue; // executes nothing more
            }

            if (thread.Message(5) is not { } state || state.Number(11) != FilterMode || !InChain(state.Number(12), filters, program))
            {
                return false;
            }
        }

        return true;
    }

    private static bool InChain(uint? last, List<ImageMessage> filters, ReadOnlySpan<byte> program)
    {
        // Each names the one before it; criu writes that first.
        for (uint limit = uint.MaxValue; last is uint at && at < filters.Count && at < limit; last = filters[(int)at].Number(2))
        {
            if (program.SequenceEqual(filters[(int)at].Bytes(1)))
            {
                return true;
            }

            limit = at;
        }

        return false;
    }
}
