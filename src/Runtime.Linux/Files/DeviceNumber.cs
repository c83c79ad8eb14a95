namespace Runtime.Linux.Files;

/// <summary>Device numbers.</summary>
public static class DeviceNumber
{
    /// <summary>As mknod(2) takes them, the kernel's new_encode_dev: 12 bits of the major number, 20 of the minor.</summary>
    public static long Encode(uint major, uint minor) => (minor & 0xff) | ((long)major << 8) | ((minor & ~0xffL) << 12);
}
