namespace Cctl;

/// <summary>What this executable is; the version and the commit come from the build (BuildInfo.targets).</summary>
internal static partial class BuildInfo
{
    /// <summary>The version of the runtime specification that is implemented.</summary>
    internal const string SpecVersion = Runtime.Documents.RuntimeFeatures.SpecVersion;

    /// <summary>Three lines that callers parse.</summary>
    internal const string VersionText = $"cctl version {Version}\ncommit: {Commit}\nspec: {SpecVersion}\n";
}
