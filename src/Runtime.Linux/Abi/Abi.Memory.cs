namespace Runtime.Linux;

public static partial class Abi
{
#pragma warning disable CS1591 // The kernel's own names; each is described in the man page named above its group.

    // mmap(2)
    public const int PROT_READ = 1;
    public const int PROT_WRITE = 2;
    public const int MAP_SHARED = 1;
    public const int MAP_PRIVATE = 2;
    public const int MAP_ANONYMOUS = 0x20;

    // madvise(2)
    public const int MADV_DONTFORK = 10;
    public const int MADV_DOFORK = 11;

    // getauxval(3), linux/auxvec.h
    public const int AT_NULL = 0;
    public const int AT_PAGESZ = 6;
    public const int AT_EXECFN = 31;
    public const int AT_SYSINFO_EHDR = 33;
#pragma warning restore CS1591
}
