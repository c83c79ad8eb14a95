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

    /// <summary>Reads a process, the file of <c>exec --process</c>.</summary>
    /// <exception cref="ConfigException">It is malformed.</exception>
    /// <exception cref="ContainerException">It cannot be read.</exception>
    public static ProcessSpec Process(string file)
    {
        Errno errno = FileText.TryRead(AT_FDCWD, file, out byte[] bytes);
        return errno == Errno.OK ? Parse<ProcessSpec>("--process " + file, bytes, ConfigFile.ParseProcess) : throw new ContainerException($"--process {file}: {errno.InWords()}");
    }

    /// <summary>Reads resources, the file of <c>update --resources</c>; <c>-</c> is standard input.</summary>
    /// <exception cref="ConfigException">They are malformed.</exception>
    /// <exception cref="ContainerException">They cannot be read.</exception>
    public static LinuxResources Resources(string file)
    {
        Errno errno = file == "-" ? FileText.TryReadAll(0, out byte[] bytes) : FileText.TryRead(AT_FDCWD, file, out bytes);
        return errno == Errno.OK ? Parse<LinuxResources>("--resources " + file, bytes, ConfigFile.ParseResources) : throw new ContainerException($"--resources {file}: {errno.InWords()}");
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
