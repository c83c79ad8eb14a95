using System.Globalization;
using System.Text;
using OciSpec;
using Runtime.Cgroups;
using Runtime.Linux;
using Runtime.Linux.Files;
using Runtime.Namespaces;
using static Runtime.Linux.Abi;

namespace Runtime.Owned;

/// <summary>
/// The container's group in resctrl (config-linux.md, IntelRdt; the kernel's Documentation/filesystems/resctrl.rst):
/// made, or found, limited, and entered by the container's first process.
/// </summary>
public sealed class ResctrlGroup
{
    private const string Pointer = "/linux/intelRdt";
    private readonly LinuxIntelRdt _config;
    private readonly string _path;
    private readonly string? _monitor;

    private readonly Func<string, string, Errno> _write;

    private ResctrlGroup(LinuxIntelRdt config, string path, bool existed, string? monitor, Func<string, string, Errno> write)
    {
        _write = write;
        _config = config;
        _path = path;
        _monitor = monitor;
        Existed = existed;
    }

    /// <summary>Whether somebody else made the group: then it stays when the container goes.</summary>
    public bool Existed { get; }

    /// <summary>What <c>delete</c> has to remove: the group, or in a group of somebody else's the monitoring group; null when there is neither.</summary>
    public string? Owned => Existed ? _monitor : _path;

    /// <summary>The mount point of resctrl in the text of a mountinfo file; null where it is not mounted.</summary>
    public static string? MountPoint(ReadOnlySpan<byte> mountinfo)
    {
        var reader = new MountInfoReader(mountinfo);
        while (reader.MoveNext())
        {
            if (reader.FsType.SequenceEqual("resctrl"u8))
            {
                return MountInfoReader.Unescape(reader.MountPoint);
            }
        }

        return null;
    }

    /// <summary>Where resctrl is mounted on this host.</summary>
    /// <exception cref="LaunchException">It is not.</exception>
    public static string FindMount()
    {
        string? place = FileText.TryRead(AT_FDCWD, "/proc/self/mountinfo", out byte[] text) == Errno.OK ? MountPoint(text) : null;
        return place ?? throw new LaunchException(Pointer, "no resctrl is mounted on this host: it takes a processor with RDT, the kernel option CONFIG_X86_CPU_RESCTRL, and mount -t resctrl resctrl /sys/fs/resctrl");
    }

    /// <summary>Decides which group is the container's. Nothing is made yet: the record comes first.</summary>
    /// <param name="mount">Where resctrl is mounted.</param>
    /// <param name="id">The container's id, the name of the group without a closID.</param>
    /// <param name="config">The section of the config.</param>
    /// <param name="write">Writes a text to a file in one step; null means to write it. In a directory that only looks like resctrl no files appear.</param>
    /// <exception cref="LaunchException">A group without limits must exist, and does not.</exception>
    public static ResctrlGroup Plan(string mount, string id, LinuxIntelRdt config, Func<string, string, Errno>? write = null)
    {
        bool root = config.ClosID == "/";
        string path = root ? mount : $"{mount}/{(string.IsNullOrEmpty(config.ClosID) ? id : config.ClosID)}";
        bool existed = root || Sys.TryAccess(AT_FDCWD, path, F_OK, 0) == Errno.OK;
        if (!existed && !string.IsNullOrEmpty(config.ClosID) && !HasSchemata(config))
        {
            throw new LaunchException(Pointer + "/closID", $"open {path}", Errno.ENOENT, "a group without limits in the config must exist already");
        }

        return new ResctrlGroup(config, path, existed, config.EnableMonitoring == true ? $"{path}/mon_groups/{id}" : null, write ?? ((file, text) => FileText.TryWrite(AT_FDCWD, file, text)));
    }

    /// <summary>Makes the group and writes its limits; one that exists must have them already.</summary>
    /// <exception cref="LaunchException">The kernel refused something, or the limits differ.</exception>
    public void Make()
    {
        if (!Existed)
        {
            MakeDirectory(_path);
        }

        foreach ((string pointer, string line) in Lines())
        {
            if (Existed && (ReferenceEquals(line, _config.L3CacheSchema) || ReferenceEquals(line, _config.MemBwSchema)))
            {
                RequireSame(pointer, line);
            }
            else
            {
                Write(pointer, "schemata", line + "\n");
            }
        }

        if (_monitor is not null)
        {
            MakeDirectory(_monitor);
        }
    }

    /// <summary>Puts a process into the group, and into the container's monitoring group.</summary>
    /// <exception cref="LaunchException">The kernel refused it.</exception>
    public void Enter(int pid)
    {
        string text = pid.ToString(CultureInfo.InvariantCulture) + "\n";
        Write(Pointer, "tasks", text);
        if (_monitor is not null)
        {
            Require(Pointer + "/enableMonitoring", $"write {_monitor}/tasks", _write(_monitor + "/tasks", text));
        }
    }

    /// <summary>Writes the limits of the config into a group that exists, whosever it is.</summary>
    /// <returns>What held before, for <see cref="Restore"/>.</returns>
    /// <exception cref="LaunchException">The kernel refused one; those before it were taken back.</exception>
    public string Change()
    {
        Require(Pointer, $"read {_path}/schemata", FileText.TryRead(AT_FDCWD, _path + "/schemata", out byte[] before));
        string earlier = Encoding.UTF8.GetString(before);
        try
        {
            foreach ((string pointer, string line) in Lines())
            {
                Write(pointer, "schemata", line + "\n");
            }
        }
        catch (LaunchException)
        {
            Restore(earlier);
            throw;
        }

        return earlier;
    }

    /// <summary>Writes back what held before a change.</summary>
    public void Restore(string earlier)
    {
        foreach (string line in earlier.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            _write(_path + "/schemata", line + "\n");
        }
    }

    private static bool HasSchemata(LinuxIntelRdt config) =>
        config.Schemata is { Count: > 0 } || !string.IsNullOrEmpty(config.L3CacheSchema) || !string.IsNullOrEmpty(config.MemBwSchema);

    /// <summary>The lines in their order: cache, bandwidth, then schemata. Bandwidth lines among the cache's give way to memBwSchema.</summary>
    private List<(string Pointer, string Line)> Lines()
    {
        var lines = new List<(string, string)>();
        bool bandwidth = !string.IsNullOrEmpty(_config.MemBwSchema);
        if (_config.L3CacheSchema is { Length: > 0 } cache)
        {
            string kept = bandwidth ? WithoutBandwidth(cache) : cache;
            if (kept.Length > 0)
            {
                lines.Add((Pointer + "/l3CacheSchema", kept));
            }
        }

        if (bandwidth)
        {
            lines.Add((Pointer + "/memBwSchema", _config.MemBwSchema!));
        }

        for (int i = 0; i < _config.Schemata?.Count; i++)
        {
            lines.Add(($"{Pointer}/schemata/{i}", _config.Schemata[i]));
        }

        return lines;
    }

    private static string WithoutBandwidth(string lines)
    {
        if (!lines.Contains("MB:", StringComparison.Ordinal))
        {
            return lines;
        }

        var kept = new List<string>();
        foreach (string line in lines.Split('\n'))
        {
            if (!line.TrimStart(' ').StartsWith("MB:", StringComparison.Ordinal))
            {
                kept.Add(line);
            }
        }

        return string.Join('\n', kept);
    }

    private void RequireSame(string pointer, string wanted)
    {
        Require(pointer, $"read {_path}/schemata", FileText.TryRead(AT_FDCWD, _path + "/schemata", out byte[] bytes));
        string text = Encoding.UTF8.GetString(bytes);
        foreach (string line in wanted.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!HasLine(text, line))
            {
                throw new LaunchException(pointer, $"the group {_path} exists, and its schemata is not \"{line}\": take the limit out, or name another closID");
            }
        }
    }

    // The kernel pads the names of the resources with blanks.
    private static bool HasLine(string text, string wanted)
    {
        foreach (string line in text.Split('\n'))
        {
            if (line.Trim(' ') == wanted.Trim(' '))
            {
                return true;
            }
        }

        return false;
    }

    private static void MakeDirectory(string path)
    {
        Errno errno = Sys.TryMkdirAt(AT_FDCWD, path, 0b111_101_101);
        if (errno == Errno.ENOSPC)
        {
            throw new LaunchException(Pointer, $"make {path}", errno, "the processor has no class of service (or monitoring id) left");
        }

        Require(Pointer, $"make {path}", errno);
    }

    private void Write(string pointer, string file, string text)
    {
        Errno errno = _write($"{_path}/{file}", text);
        if (errno == Errno.EINVAL)
        {
            throw new LaunchException(pointer, $"write \"{text.TrimEnd('\n')}\" to {_path}/{file}", errno, "the kernel refuses it: see info/last_cmd_status in resctrl");
        }

        Require(pointer, $"write {_path}/{file}", errno);
    }

    private static void Require(string pointer, string tried, Errno errno)
    {
        if (errno != Errno.OK)
        {
            throw new LaunchException(pointer, tried, errno, string.Empty);
        }
    }
}
