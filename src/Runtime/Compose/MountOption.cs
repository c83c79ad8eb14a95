using System.Globalization;
using OciSpec;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Compose;

/// <summary>What <c>--volume</c>, <c>--mount</c> and <c>--tmpfs</c> say, as mounts of a config.</summary>
internal static class MountOption
{
    private static readonly string[] s_propagations = ["private", "rprivate", "shared", "rshared", "slave", "rslave"];

    /// <summary><c>SOURCE:DESTINATION[:OPTIONS]</c>; a directory that is missing on the host is made, as docker does.</summary>
    public static Mount Volume(string text)
    {
        string[] parts = text.Split(':');
        if (parts.Length is < 2 or > 3)
        {
            throw new ContainerException(parts.Length == 1
                ? $"--volume {text}: a volume without a name is not supported: name the directory that is to have the files: --volume DIRECTORY:{text}"
                : $"--volume {text}: it is SOURCE:DESTINATION[:OPTIONS]");
        }

        if (parts[0].Length == 0 || (parts[0][0] is not ('/' or '.' or '~')))
        {
            throw new ContainerException($"--volume {text}: named volumes are not supported: name a directory: --volume /path/{parts[0]}:{parts[1]}");
        }

        string source = Path.GetFullPath(parts[0]);
        Errno errno = MakeDirectory(source);
        if (errno != Errno.OK)
        {
            throw new ContainerException($"--volume {text}: mkdir {source}: {errno.Name()}: {errno.Meaning()}");
        }

        return Bind("--volume", text, source, Destination("--volume", text, parts[1]), parts.Length == 3 ? parts[2].Split(',') : []);
    }

    /// <summary><c>type=bind|tmpfs,src=…,dst=…,…</c></summary>
    public static Mount Of(string text)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string field in text.Split(','))
        {
            int equals = field.IndexOf('=', StringComparison.Ordinal);
            fields[equals < 0 ? field : field[..equals]] = equals < 0 ? "true" : field[(equals + 1)..];
        }

        string destination = Destination("--mount", text, Take(fields, "dst", "destination", "target") ?? "");
        string type = Take(fields, "type") ?? "volume";
        Mount mount = type switch
        {
            "bind" => OfBind(text, destination, fields),
            "tmpfs" => OfTmpfs(text, destination, fields),
            _ => throw new ContainerException($"--mount {text}: type={type} is not supported: bind and tmpfs are"),
        };
        return fields.Count == 0 ? mount : throw new ContainerException($"--mount {text}: {fields.Keys.First()}: not a field of a mount of type {type}");
    }

    /// <summary><c>DESTINATION[:OPTIONS]</c></summary>
    public static Mount Tmpfs(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string destination = Destination("--tmpfs", text, colon < 0 ? text : text[..colon]);
        List<string> options = ["nosuid", "nodev", "noexec"];
        foreach (string option in colon < 0 ? [] : text[(colon + 1)..].Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            options.Remove(option is "exec" or "suid" or "dev" ? "no" + option : "");
            options.Add(option);
        }

        return new Mount { Destination = destination, Type = "tmpfs", Source = "tmpfs", Options = options };
    }

    private static Mount OfBind(string text, string destination, Dictionary<string, string> fields)
    {
        string source = Take(fields, "src", "source") ?? throw new ContainerException($"--mount {text}: a bind mount needs src=");
        List<string> options = [];
        if (IsTrue(text, Take(fields, "ro", "readonly")))
        {
            options.Add("ro");
        }

        if (Take(fields, "bind-propagation") is { } propagation)
        {
            options.Add(propagation);
        }

        bool recursive = Take(fields, "bind-recursive") is not "disabled";
        string full = Path.GetFullPath(source);
        if (!Path.Exists(full))
        {
            throw new ContainerException($"--mount {text}: {full} does not exist: make it, or use --volume, which does");
        }

        Mount mount = Bind("--mount", text, full, destination, [.. options]);
        mount.Options![0] = recursive ? "rbind" : "bind";
        return mount;
    }

    private static Mount OfTmpfs(string text, string destination, Dictionary<string, string> fields)
    {
        List<string> options = ["nosuid", "nodev", "noexec"];
        if (IsTrue(text, Take(fields, "ro", "readonly")))
        {
            options.Add("ro");
        }

        if (Take(fields, "tmpfs-size") is { } size)
        {
            options.Add($"size={size}");
        }

        if (Take(fields, "tmpfs-mode") is { } mode)
        {
            options.Add($"mode={mode}");
        }

        return new Mount { Destination = destination, Type = "tmpfs", Source = "tmpfs", Options = options };
    }

    private static Mount Bind(string option, string text, string source, string destination, string[] words)
    {
        List<string> options = ["rbind"];
        bool propagates = false;
        foreach (string word in words)
        {
            switch (word)
            {
                case "ro" or "rw":
                    options.Add(word);
                    break;
                case "z" or "Z" when File.Exists("/sys/fs/selinux/enforce"):
                    throw new ContainerException($"{option} {text}: relabelling is not supported: chcon -Rt container_file_t {source}");
                case "z" or "Z":
                    break; // Without SELinux there are no labels to change.
                case "nocopy":
                    break; // Nothing is ever copied into what is bound.
                case "idmap":
                    options.Add("idmap");
                    break;
                case var p when Array.IndexOf(s_propagations, p) >= 0:
                    options.Add(p.StartsWith('r') ? p : "r" + p);
                    propagates = true;
                    break;
                default:
                    throw new ContainerException($"{option} {text}: {word}: not an option of a volume: ro, rw, {string.Join(", ", s_propagations)} are");
            }
        }

        if (!propagates)
        {
            options.Add("rprivate");
        }

        return new Mount { Destination = destination, Type = "bind", Source = source, Options = options };
    }

    private static string Destination(string option, string text, string path) =>
        path.StartsWith('/') && path.Trim('/').Length > 0 ? path
        : throw new ContainerException($"{option} {text}: the destination must be an absolute path in the container, other than /");

    private static bool IsTrue(string text, string? value) => value switch
    {
        null or "false" or "0" => false,
        "true" or "1" => true,
        _ => throw new ContainerException($"--mount {text}: {value}: neither true nor false"),
    };

    private static string? Take(Dictionary<string, string> fields, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (fields.Remove(name, out string? value))
            {
                return value;
            }
        }

        return null;
    }

    private static Errno MakeDirectory(string path)
    {
        string made = "";
        foreach (string part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            made += string.Create(CultureInfo.InvariantCulture, $"/{part}");
            if (Sys.TryAccess(AT_FDCWD, made, 0, 0) == Errno.ENOENT && Sys.TryMkdirAt(AT_FDCWD, made, 0b111_101_101) is not (Errno.OK or Errno.EEXIST) and Errno errno)
            {
                return errno;
            }
        }

        return Errno.OK;
    }
}
