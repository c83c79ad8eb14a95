namespace Runtime.Linux;

/// <summary>
/// Names that nobody has and nobody can guess. By getrandom(2), which needs no file: .NET's generator, that of
/// <see cref="Guid.NewGuid"/> too, opens /dev/urandom, which a chroot or a fresh /dev may lack.
/// </summary>
public static class RandomName
{
    /// <summary>128 random bits as 32 hexadecimal digits.</summary>
    /// <exception cref="SyscallException">The kernel gives none.</exception>
    public static string New()
    {
        Span<byte> bytes = stackalloc byte[16];
        Sys.GetRandom(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
