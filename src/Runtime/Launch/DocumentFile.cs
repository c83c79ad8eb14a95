using OciSpec;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Launch;

/// <summary>Reads the documents that callers give as files: errors name the file, and what is misspelt is a warning.</summary>
public static class DocumentFile
{
    private delegate T Parser<out T>(ReadOnlySpan<byte> utf8, out IReadOnlyList<ConfigProblem> misspelt);

    /// <summary>A configuration; <paramref name="file"/> is for messages.</summary>
    /// <exception cref="ConfigException">It is malformed.</exception>
    public static RuntimeConfig Config(string file, ReadOnlySpan<byte> bytes) => Parse<RuntimeConfig>(file, bytes, ConfigFile.Parse);

    /// <summary>
    /// The bytes of a caller's document. A pipe, as /dev/stdin may be one, is read to its end; a FIFO that nobody writes to is an error
    /// (ENODATA), since its end would never come.
    /// </summary>
    internal static Errno TryRead(string file, out byte[] bytes, int limit = Bundle.LongestConfig)
    {
        bytes = [];
        Errno errno = Sys.TryOpenAt(AT_FDCWD, file, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, out Fd? opened);
        if (opened is null)
        {
            return errno;
        }

        using Fd fd = opened;
        if (Sys.TryStatx(fd.Number, string.Empty, AT_EMPTY_PATH, out statx status) != Errno.OK || (status.stx_mode & S_IFMT) is S_IFREG or S_IFDIR)
        {
            return FileText.TryReadAll(fd.Number, out bytes, limit);
        }

        // read(2): nothing and no writer is the end, nothing and a writer EAGAIN. From here on the reads wait.
        byte[] first = new byte[1];
        int length = 0;
        try
        {
            length = Sys.Read(fd.Number, first);
            if (length == 0)
            {
                return (status.stx_mode & S_IFMT) == S_IFIFO ? Errno.ENODATA : Errno.OK;
            }
        }
        catch (SyscallException e) when (e.Errno == Errno.EAGAIN)
        {
        }
        catch (SyscallException e)
        {
            return e.Errno;
        }

        Sys.Raw(SyscallNumber.fcntl, fd.Number, F_SETFL, O_RDONLY);
        errno = FileText.TryReadAll(fd.Number, out byte[] rest, limit);
        bytes = [.. first.AsSpan(0, length), .. rest];
        return errno;
    }

    /// <summary>An error of <see cref="TryRead"/> in words.</summary>
    internal static string InWords(Errno errno) => errno == Errno.ENODATA ? "it is a FIFO or a pipe that nobody writes to" : errno.InWords();

    /// <summary>Reads a process, the file of <c>exec --process</c>.</summary>
    /// <exception cref="ConfigException">It is malformed.</exception>
    /// <exception cref="ContainerException">It cannot be read.</exception>
    public static ProcessSpec Process(string file)
    {
        Errno errno = TryRead(file, out byte[] bytes);
        return errno == Errno.OK ? Parse<ProcessSpec>("--process " + file, bytes, ConfigFile.ParseProcess) : throw new ContainerException($"--process {file}: {InWords(errno)}");
    }

    /// <summary>Reads resources, the file of <c>update --resources</c>; <c>-</c> is standard input.</summary>
    /// <exception cref="ConfigException">They are malformed.</exception>
    /// <exception cref="ContainerException">They cannot be read.</exception>
    public static LinuxResources Resources(string file)
    {
        Errno errno = file == "-" ? FileText.TryReadAll(0, out byte[] bytes) : TryRead(file, out bytes);
        return errno == Errno.OK ? Parse<LinuxResources>("--resources " + file, bytes, ConfigFile.ParseResources) : throw new ContainerException($"--resources {file}: {InWords(errno)}");
    }

    private static T Parse<T>(string place, ReadOnlySpan<byte> bytes, Parser<T> parse)
    {
        try
        {
            T document = parse(bytes, out IReadOnlyList<ConfigProblem> misspelt);
            foreach (ConfigProblem warning in misspelt)
            {
                RuntimeLog.Warn(warning.ToString());
            }

            return document;
        }
        catch (ConfigException e) when (e.Pointer.Length == 0)
        {
            throw new ConfigException(string.Empty, $"{place}: {e.Detail}");
        }
    }
}
