namespace Runtime.Linux;

public static unsafe partial class Sys
{
    /// <summary>flistxattr(2): the names, each ended by a NUL, in the first <paramref name="length"/> bytes.</summary>
    public static Errno TryListXattr(int fd, Span<byte> names, out int length)
    {
        // SAFETY: the span is pinned for the call.
        fixed (byte* p = names)
        {
            nint result = Raw(SyscallNumber.flistxattr, fd, (nint)p, names.Length);
            length = (int)Math.Max(result, 0);
            return ErrorOf(result);
        }
    }

    /// <summary>fgetxattr(2). <paramref name="name"/> ends with a NUL.</summary>
    public static Errno TryGetXattr(int fd, ReadOnlySpan<byte> name, Span<byte> value, out int length)
    {
        RequireNul(name);
        // SAFETY: both spans are pinned for the call.
        fixed (byte* n = name)
        fixed (byte* v = value)
        {
            nint result = Raw(SyscallNumber.fgetxattr, fd, (nint)n, (nint)v, value.Length);
            length = (int)Math.Max(result, 0);
            return ErrorOf(result);
        }
    }

    /// <summary>fsetxattr(2). <paramref name="name"/> ends with a NUL.</summary>
    public static Errno TrySetXattr(int fd, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        RequireNul(name);
        // SAFETY: both spans are pinned for the call.
        fixed (byte* n = name)
        fixed (byte* v = value)
        {
            return ErrorOf(Raw(SyscallNumber.fsetxattr, fd, (nint)n, (nint)v, value.Length, 0));
        }
    }

    /// <summary>lsetxattr(2): on the path itself, where that is a symlink. <paramref name="name"/> ends with a NUL.</summary>
    public static Errno TryLSetXattr(string path, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        RequireNul(name);
        var text = new CString(path, stackalloc byte[PathBuffer]);
        // SAFETY: path, name and value are pinned for the call.
        fixed (byte* p = text)
        fixed (byte* n = name)
        fixed (byte* v = value)
        {
            return ErrorOf(Raw(SyscallNumber.lsetxattr, (nint)p, (nint)n, (nint)v, value.Length));
        }
    }

    private static void RequireNul(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name[^1] != 0)
        {
            throw new ArgumentException("the name of an extended attribute must end with a NUL", nameof(name));
        }
    }
}
