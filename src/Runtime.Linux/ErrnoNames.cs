namespace Runtime.Linux;

/// <summary>Names and meanings of error numbers, for messages.</summary>
public static class ErrnoNames
{
    /// <summary>The name that errno(3) gives it, such as <c>EPERM</c>; the number where it has none.</summary>
    public static string Name(this Errno errno) =>
        Enum.GetName(errno) ?? "errno " + ((int)errno).ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Name and meaning, where there is one: <c>ENOSPC: no space left on device</c>.</summary>
    public static string InWords(this Errno errno) => errno.Meaning() is { Length: > 0 } meaning ? $"{errno.Name()}: {meaning}" : errno.Name();

    /// <summary>This process or the machine lacks descriptors or memory: the error says nothing of what was asked for.</summary>
    public static bool IsShortage(this Errno errno) => errno is Errno.EMFILE or Errno.ENFILE or Errno.ENOMEM;

    /// <summary>The C library's wording for the errors that callers match on; empty for the others.</summary>
    public static string Meaning(this Errno errno) => errno switch
    {
        Errno.EPERM => "operation not permitted",
        Errno.ENOENT => "no such file or directory",
        Errno.ESRCH => "no such process",
        Errno.ENOEXEC => "exec format error",
        Errno.EACCES => "permission denied",
        Errno.EBUSY => "device or resource busy",
        Errno.EEXIST => "file exists",
        Errno.ENODEV => "no such device",
        Errno.ENOTDIR => "not a directory",
        Errno.EISDIR => "is a directory",
        Errno.EINVAL => "invalid argument",
        Errno.ENOSPC => "no space left on device",
        Errno.EDQUOT => "disk quota exceeded",
        Errno.EFBIG => "file too large",
        Errno.EIO => "input/output error",
        Errno.E2BIG => "argument list too long",
        Errno.EBADF => "bad file descriptor",
        Errno.EAGAIN => "resource temporarily unavailable",
        Errno.ENOMEM => "cannot allocate memory",
        Errno.EMFILE => "too many open files",
        Errno.ENFILE => "too many open files in system",
        Errno.ENOTEMPTY => "directory not empty",
        Errno.ENXIO => "no such device or address",
        Errno.EROFS => "read-only file system",
        Errno.ENAMETOOLONG => "file name too long",
        Errno.ENOSYS => "function not implemented",
        Errno.ELOOP => "too many levels of symbolic links",
        _ => string.Empty,
    };
}
