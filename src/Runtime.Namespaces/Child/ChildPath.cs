using System.Runtime.CompilerServices;
using Runtime.Linux;
using Tmds.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Child;

/// <summary>
/// Makes a path inside a root, part by part below fds. Every part is resolved by openat2(2); a link that leads to nothing is
/// read, and what it names is made, in the root whatever it says, as every process of the guest would find it.
/// </summary>
// SAFETY: every buffer has Longest bytes and ends in a NUL: Append stops one before the end and readlinkat(2) gets one less, so
// a scan for the NUL stays inside. The path that comes in is a string of the plan's blob, NUL-terminated too.
[SkipLocalsInit] // clearing the buffers would be a call of the .NET runtime's
internal static unsafe class ChildPath
{
    private const int Longest = 4096;
    private const int MostLinks = 40; // as the kernel (path_resolution(7))

    /// <summary>The fd of the place (O_PATH), or the negated errno.</summary>
    public static long Make(int root, byte* unsafePath, bool directory, ulong resolve)
    {
        byte* path = stackalloc byte[Longest];
        byte* link = stackalloc byte[Longest];
        if (!Append(path, 0, unsafePath, out _))
        {
            return -(int)Errno.ENAMETOOLONG;
        }

        for (int links = 0; links <= MostLinks; links++)
        {
            long result = Walk(root, path, link, directory, resolve, out bool again);
            if (!again)
            {
                return result;
            }
        }

        return -(int)Errno.ELOOP;
    }

    /// <summary>Goes through the parts; with <paramref name="again"/> the path is another one now, where a link led.</summary>
    private static long Walk(int root, byte* path, byte* link, bool directory, ulong resolve, out bool again)
    {
        again = false;
        long parent = root;
        int start = 0;
        while (true)
        {
            while (path[start] == '/')
            {
                start++;
            }

            int end = start;
            while (path[end] != 0 && path[end] != '/')
            {
                end++;
            }

            byte after = path[end];
            bool last = IsLast(path + end);
            bool file = last && !directory;
            path[end] = 0;
            long part = Open(root, path, file ? 0 : O_DIRECTORY, resolve);
            if (part == -(int)Errno.ENOENT)
            {
                part = MakePart(parent, path + start, link, file, out again);
            }

            path[end] = after;
            if (again)
            {
                part = Redirect(path, start, end, link);
            }

            if (parent != root)
            {
                ChildSyscall.Call(SyscallNumber.close, parent);
            }

            if (part < 0 || last || again)
            {
                again &= part >= 0;
                return part;
            }

            parent = part;
            start = end;
        }
    }

    private static long MakePart(long parent, byte* name, byte* link, bool file, out bool isLink)
    {
        isLink = false;
        byte empty = 0;
        long there = Open(parent, name, O_NOFOLLOW, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);
        if (there >= 0)
        {
            long length = ChildSyscall.Call(SyscallNumber.readlinkat, there, (long)(&empty), (long)link, Longest - 1);
            ChildSyscall.Call(SyscallNumber.close, there);
            isLink = length >= 0;
            link[isLink ? length : 0] = 0;
            return isLink ? 0 : -(int)Errno.ENOENT;
        }

        long made = there != -(int)Errno.ENOENT ? there
            : file ? ChildSyscall.Call(SyscallNumber.openat, parent, (long)name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0b110_100_100)
            : ChildSyscall.Call(SyscallNumber.mkdirat, parent, (long)name, 0b111_101_101);
        if (made < 0 && made != -(int)Errno.EEXIST)
        {
            return made;
        }

        if (file && made >= 0)
        {
            ChildSyscall.Call(SyscallNumber.close, made);
        }

        return Open(parent, name, O_NOFOLLOW | (file ? 0 : O_DIRECTORY), RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);
    }

    /// <summary>Puts a link's text in the place of the part from <paramref name="start"/> to <paramref name="end"/>.</summary>
    private static long Redirect(byte* path, int start, int end, byte* link)
    {
        byte* rest = stackalloc byte[Longest];
        Append(rest, 0, path + end, out _);
        bool fits = Append(path, link[0] == '/' ? 0 : start, link, out int at) && Append(path, at, rest, out _);
        return fits ? 0 : -(int)Errno.ENAMETOOLONG;
    }

    private static bool Append(byte* text, int at, byte* more, out int end)
    {
        for (end = at; *more != 0; more++)
        {
            if (end == Longest - 1)
            {
                text[end] = 0;
                return false;
            }

            text[end++] = *more;
        }

        text[end] = 0;
        return true;
    }

    private static bool IsLast(byte* rest)
    {
        while (*rest == '/')
        {
            rest++;
        }

        return *rest == 0;
    }

    private static long Open(long directory, byte* unsafePath, int flags, ulong resolve)
    {
        var how = new open_how { flags = (uint)(O_PATH | O_CLOEXEC | flags), resolve = resolve };
        long result;
        do
        {
            result = ChildSyscall.Call(SyscallNumber.openat2, directory, (long)unsafePath, (long)(&how), sizeof(open_how));
        }
        while (result == -(int)Errno.EINTR || result == -(int)Errno.EAGAIN);
        return result;
    }
}
