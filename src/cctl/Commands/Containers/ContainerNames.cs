using System.Runtime.CompilerServices;
using Cctl.Cli;
using Cctl.Commands.Images;
using Runtime.Images;
using Runtime.Images.Store;

namespace Cctl.Commands.Containers;

/// <summary>What people call a container on an image: its name, or the beginning of its id. Asked only where the state knows no such id.</summary>
internal static class ContainerNames
{
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
            return named;
        }

        List<string> ids = word.All(char.IsAsciiHexDigitLower) ? store.Containers.Ids().FindAll(i => i.StartsWith(word, StringComparison.Ordinal)) : [];
        return ids.Count > 1 ? throw new ImageException($"{word}: the ids of {ids.Count} containers begin so: write more of it")
            : ids.Count == 1 ? store.Containers.Find(ids[0])
            : null;
    }

    /// <summary>The containers of the store, by their ids.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static Dictionary<string, StoredContainer> All(Globals globals)
    {
        using ImageStore? store = TryOpen(globals);
        return store is null ? [] : store.Containers.All().ToDictionary(c => c.Id);
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
