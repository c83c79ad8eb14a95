using System.Runtime.CompilerServices;
using Cctl.Cli;
using Cctl.Commands.Images;
using Runtime.Images;
using Runtime.Images.Store;

namespace Cctl.Commands.Containers;

/// <summary>What people call a container on an image: its name, or the beginning of its id. Asked only where the state knows no such id. A
/// container of another state root is not this one's: whether it runs is not known here.</summary>
internal static class ContainerNames
{
    private const int ShortestPrefix = 4;

    /// <summary>The container; null where the store has none that is called so.</summary>
    /// <exception cref="ImageException">Several ids begin so.</exception>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static StoredContainer? Find(Globals globals, string word)
    {
        using ImageStore? store = TryOpen(globals);
        if (store is null || word.Length == 0)
        {
            return null;
        }

        if (store.Containers.FindNamed(word) is { } named)
        {
            return named.StateRoot == globals.StateRoot ? named : null;
        }

        if (word.Length < ShortestPrefix || !word.All(char.IsAsciiHexDigitLower))
        {
            return null;
        }

        List<StoredContainer> found = [.. store.Containers.Ids().Where(i => i.StartsWith(word, StringComparison.Ordinal)).Select(store.Containers.Find).OfType<StoredContainer>().Where(c => c.StateRoot == globals.StateRoot)];
        return found.Count <= 1 ? found.FirstOrDefault() : throw new ImageException($"{word}: the ids of {found.Count} containers begin so: write more of it");
    }

    /// <summary>The containers of the store, by their ids.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static Dictionary<string, StoredContainer> All(Globals globals)
    {
        using ImageStore? store = TryOpen(globals);
        return store is null ? [] : store.Containers.All().Where(c => c.StateRoot == globals.StateRoot).ToDictionary(c => c.Id);
    }

    private static ImageStore? TryOpen(Globals globals)
    {
        try
        {
            return ImageArguments.TryOpen(globals.Store);
        }
        catch (ImageException) when (globals.Store is null)
        {
            return null; // Without a home, or with a store of somebody else's, there are no containers of the caller's.
        }
    }
}
