using System.Runtime.InteropServices;

namespace CctlImages.Commands;

/// <summary>The mask of modes, umask(2).</summary>
internal static class Umask
{
    /// <summary>No bits are masked: files get the modes that they are made with.</summary>
    internal static void Clear() => _ = SetUmask(0);

    [DllImport("libc", EntryPoint = "umask")]
    private static extern uint SetUmask(uint mask);
}
