namespace Runtime.Linux;

public static partial class Abi
{
#pragma warning disable CS1591 // The kernel's own names; each is described in the man page named above its group.

    // inotify(7), linux/inotify.h
    public const uint IN_MODIFY = 2;
#pragma warning restore CS1591
}
