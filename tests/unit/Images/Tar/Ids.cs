using Runtime.Linux;

namespace Unit.Tests.Images.Tar;

/// <summary>The ids of who runs the tests: files can be given to nobody else without root.</summary>
internal static class Ids
{
    internal static uint Uid => Sys.GetEuid();

    internal static uint Gid => Sys.GetEgid();
}
