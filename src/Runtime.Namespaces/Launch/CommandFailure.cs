using System.Buffers.Binary;
using System.Text;
using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Launch;

/// <summary>Why a command could not be executed, as a look at its file tells once it has failed.</summary>
public static class CommandFailure
{
    private const int LongestString = (32 * 4096) - 1; // MAX_ARG_STRLEN of linux/binfmts.h without the NUL, for pages of 4 KiB
    private const int Interpreters = 4; // execve(2): an interpreter may be a script itself
    private const int Head = 4096;
    private const long NoExec = 8; // ST_NOEXEC, statfs(2)

    /// <summary>The way out, or null where the file tells no more than the errno.</summary>
    /// <param name="config">The config, with the process.</param>
    /// <param name="root">The guest's root on the host.</param>
    /// <param name="errno">The error.</param>
    /// <param name="executed">Whether execve(2) returned it; else the search did.</param>
    public static string? Hint(ResolvedConfig config, string root, Errno errno, bool executed)
    {
        ProcessSpec process = config.Config.Process!;
        IReadOnlyList<ResolvedMount> mounts = config.Mounts; // of which the root shows nothing
        if (errno == Errno.E2BIG)
        {
            return TooLong(process);
        }

        if (errno == Errno.ENOENT && !executed)
        {
            return NotFound(process, config, root);
        }

        using Fd? top = RootView.Open(root);
        if (top is null || errno is not (Errno.ENOENT or Errno.EACCES or Errno.ENOEXEC))
        {
            return null;
        }

        foreach (string path in Candidates(process))
        {
            // What a mount covers cannot be seen from outside.
            if (errno == Errno.EACCES && MountedNoExec(mounts, path) is string noExec)
            {
                return noExec;
            }

            using Fd? file = RootView.Reach(top, path);
            if (file is not null && (RootView.Mode(file) & S_IFMT) is not 0)
            {
                return errno switch
                {
                    Errno.ENOENT => MissingInterpreter(top, path, file),
                    Errno.EACCES => Refused(config, root, path, file),
                    _ => OtherMachine(path, file),
                };
            }
        }

        return null;
    }

    private static string? NotFound(ProcessSpec process, ResolvedConfig config, string root)
    {
        string name = process.Args![0];
        bool search = !name.Contains('/', StringComparison.Ordinal);
        return name.Length == 0 ? "the command's name is empty: no such file or directory"
            : name.Contains(' ', StringComparison.Ordinal) ? "no such file or directory: all of this is one name: each argument is an element of args of its own"
            : search && process.Env?.Exists(v => v.StartsWith("PATH=", StringComparison.Ordinal)) != true ? "executable file not found in $PATH, which /process/env does not set: no such file or directory"
            : search ? OutOfReach(process, config, root)
            : "no such file or directory in the root filesystem";
    }

    /// <summary>The search passes over what the user cannot reach: then it is there all the same.</summary>
    private static string? OutOfReach(ProcessSpec process, ResolvedConfig config, string root)
    {
        using Fd? top = RootView.Open(root);
        foreach (string path in top is null ? [] : Candidates(process))
        {
            using Fd? file = RootView.Reach(top!, path);
            if (file is not null && (RootView.Mode(file) & S_IFMT) == S_IFREG && Covering(config.Mounts, path) < 0 && UserAccess.Refusal(config, root, path, file) is { } refusal)
            {
                return $"{path} is there, but {refusal}";
            }
        }

        return null;
    }

    private static IEnumerable<string> Candidates(ProcessSpec process)
    {
        string name = process.Args![0];
        if (name.Contains('/', StringComparison.Ordinal))
        {
            yield return name[0] == '/' ? name : process.Cwd + "/" + name;
            yield break;
        }

        string? path = process.Env?.FindLast(v => v.StartsWith("PATH=", StringComparison.Ordinal));
        foreach (string directory in path?[5..].Split(':') ?? [])
        {
            yield return directory.StartsWith('/') ? directory + "/" + name : $"{process.Cwd}/{directory}/{name}";
        }
    }

    private static string? MissingInterpreter(Fd root, string path, Fd file)
    {
        Fd current = Sys.Duplicate(file.Number);
        string shown = path;
        try
        {
            for (int i = 0; i < Interpreters; i++)
            {
                if (Interpreter(current) is not string interpreter)
                {
                    return null;
                }

                Fd? next = RootView.Reach(root, interpreter.StartsWith('/') ? interpreter : "/" + interpreter);
                if (next is null)
                {
                    return interpreter.EndsWith('\r')
                        ? $"no such file or directory: the first line of {shown} ends with a carriage return, which makes its interpreter \"{interpreter}\": save the file with unix line ends"
                        : $"no such file or directory: {shown} is there, its interpreter {interpreter} is not in the root filesystem";
                }

                current.Dispose();
                (current, shown) = (next, interpreter);
            }

            return null;
        }
        finally
        {
            current.Dispose();
        }
    }

    /// <summary>What a script names behind #!, or a program as its loader; null for neither.</summary>
    private static string? Interpreter(Fd file)
    {
        ReadOnlySpan<byte> head = Read(file);
        if (head.StartsWith("#!"u8))
        {
            ReadOnlySpan<byte> line = head[2..Math.Min(head.Length, 256)];
            int end = line.IndexOf((byte)'\n');
            line = (end < 0 ? line : line[..end]).TrimStart(" \t"u8);
            int space = line.IndexOfAny((byte)' ', (byte)'\t');
            return space == 0 || line.IsEmpty ? null : Encoding.UTF8.GetString(space < 0 ? line : line[..space]);
        }

        return head.StartsWith("\u007fELF"u8) ? Loader(head) : null;
    }

    // elf(5): the segment PT_INTERP of a 64-bit little-endian file.
    private static string? Loader(ReadOnlySpan<byte> head)
    {
        const int PT_INTERP = 3, EntrySize = 56;
        if (head.Length < 64 || head[4] != 2 || head[5] != 1)
        {
            return null;
        }

        ulong table = BinaryPrimitives.ReadUInt64LittleEndian(head[32..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(head[56..]);
        for (int i = 0; i < count && table + (ulong)((i + 1) * EntrySize) <= (ulong)head.Length; i++)
        {
            ReadOnlySpan<byte> entry = head[((int)table + (i * EntrySize))..];
            ulong at = BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]);
            ulong size = BinaryPrimitives.ReadUInt64LittleEndian(entry[32..]);
            if (BinaryPrimitives.ReadUInt32LittleEndian(entry) == PT_INTERP && size > 1 && at < (ulong)head.Length && size < (ulong)head.Length - at)
            {
                return Encoding.UTF8.GetString(head.Slice((int)at, (int)size - 1));
            }
        }

        return null;
    }

    private static string? Refused(ResolvedConfig config, string root, string path, Fd file)
    {
        int mode = RootView.Mode(file);
        if ((mode & S_IFMT) != S_IFREG)
        {
            return $"permission denied: {path} is {RootView.Kind(file)}, not a program";
        }

        if ((mode & 0b001_001_001) == 0)
        {
            return $"permission denied: {path} is executable for nobody (mode {Convert.ToString(mode & 0b111_111_111_111, 8)}): chmod +x";
        }

        if (Covering(config.Mounts, path) >= 0)
        {
            return null;
        }

        if (UserAccess.Refusal(config, root, path, file) is { } refusal)
        {
            return "permission denied: " + refusal;
        }

        return Sys.TryFstatfs(file.Number, out statfs filesystem) == Errno.OK && (filesystem.f_flags & NoExec) != 0
            ? $"permission denied: {path} lies on a filesystem that is mounted noexec: nothing can be executed there"
            : null;
    }

    private static string? MountedNoExec(IReadOnlyList<ResolvedMount> mounts, string path)
    {
        int covering = Covering(mounts, path);
        return covering >= 0 && mounts[covering].Mount.Options?.FindLast(o => o is "exec" or "noexec") == "noexec"
            ? $"permission denied: /mounts/{covering} mounts {mounts[covering].Mount.Destination} noexec: nothing can be executed there"
            : null;
    }

    /// <summary>The last mount whose destination holds the path; −1 where none does.</summary>
    private static int Covering(IReadOnlyList<ResolvedMount> mounts, string path)
    {
        string normal = GuestPath.Relative(path);
        int found = -1;
        for (int i = 0; i < mounts.Count; i++)
        {
            string target = mounts[i].Target;
            if (target.Length > 0 && normal.StartsWith(target + "/", StringComparison.Ordinal))
            {
                found = i;
            }
        }

        return found;
    }

    private static string? OtherMachine(string path, Fd file)
    {
        ReadOnlySpan<byte> head = Read(file);
        if (head.IsEmpty)
        {
            return $"exec format error: {path} is empty";
        }

        return head.Length > 20 && head.StartsWith("\u007fELF"u8)
            ? $"exec format error: {path} is made for {Machine(BinaryPrimitives.ReadUInt16LittleEndian(head[18..]))}, which this machine does not execute"
            : null;
    }

    // elf.h
    private static string Machine(ushort number) => number switch
    {
        3 => "32-bit x86",
        8 => "MIPS",
        20 => "32-bit PowerPC",
        21 => "PowerPC (ppc64, ppc64le)",
        22 => "s390x",
        40 => "32-bit ARM",
        62 => "x86_64",
        183 => "arm64",
        243 => "RISC-V",
        258 => "LoongArch",
        _ => $"another processor (ELF machine {number})",
    };

    private static ReadOnlySpan<byte> Read(Fd file)
    {
        GuestFile.TryOpen(file, out Fd? opened);
        using Fd? readable = opened;
        byte[] buffer = new byte[Head];
        return readable is null ? [] : buffer.AsSpan(0, Sys.Read(readable.Number, buffer));
    }

    /// <summary>Names the argument or variable that is too long; else says what all of them take.</summary>
    private static string TooLong(ProcessSpec process)
    {
        long total = 0;
        foreach ((List<string>? list, string at) in (ReadOnlySpan<(List<string>?, string)>)[(process.Args, "/process/args"), (process.Env, "/process/env")])
        {
            for (int i = 0; i < list?.Count; i++)
            {
                int length = Encoding.UTF8.GetByteCount(list[i]);
                if (length > LongestString)
                {
                    return $"argument list too long: {at}/{i} has {length} bytes, and one string at most {LongestString}: pass it in a file";
                }

                total += length + 1 + sizeof(long);
            }
        }

        return $"argument list too long: arguments and environment take {total} bytes, and may take a quarter of the stack's limit (ulimit -s), at most 6 MiB: pass them in a file";
    }
}
