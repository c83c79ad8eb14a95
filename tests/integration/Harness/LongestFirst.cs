using Xunit.Sdk;
using Xunit.v3;

namespace Integration.Tests.Harness;

/// <summary>Starts the collections that share a daemon first: each takes minutes under emulation, and would run alone at the end.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] First = ["docker", "podman", "containerd", "Integration.Tests.Cgroups.EffectTests"];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(Rank)];

    private static int Rank<TTestCollection>(TTestCollection collection)
        where TTestCollection : ITestCollection
    {
        int rank = Array.FindIndex(First, name => collection.TestCollectionDisplayName.EndsWith(name, StringComparison.Ordinal));
        return rank < 0 ? First.Length : rank;
    }
}
