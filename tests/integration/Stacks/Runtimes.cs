using Integration.Tests.Harness;

namespace Integration.Tests.Stacks;

/// <summary>
/// The runtimes that the same tests run with: a failure of ours is one that Debian's two do not have. CCTL_STACKS=full
/// runs every test with all three; without it the short ones only, and cctl alone does the rest.
/// </summary>
internal static class Runtimes
{
    private static readonly bool s_full = Environment.GetEnvironmentVariable("CCTL_STACKS") == "full";

    /// <summary>All three, for short tests.</summary>
    public static TheoryData<string> All => ["cctl", "runc", "crun"];

    /// <summary>cctl, and in a full run the two others.</summary>
    public static TheoryData<string> Each => s_full ? All : ["cctl"];

    /// <summary>As <see cref="Each"/>, without Debian's crun: it is built without criu, and needs more than this machine's limit of locked memory.</summary>
    public static TheoryData<string> EachButCrun => s_full ? ["cctl", "runc"] : ["cctl"];

    /// <summary>The executable of that name.</summary>
    public static string PathOf(string name) => name switch { "cctl" => Cctl.Executable, "runc" => "/usr/sbin/runc", _ => "/usr/bin/" + name };

    /// <summary>The root filesystem that cctl is built with: images are made of it, since no registry can be reached.</summary>
    public static string RootArchive => Path.Combine(Path.GetDirectoryName(Cctl.Executable)!, "rootfs-busybox.tar.gz");

    /// <summary>What finds every program of that root filesystem.</summary>
    public const string GuestPath = "PATH=/bin:/sbin:/usr/bin:/usr/sbin";
}
