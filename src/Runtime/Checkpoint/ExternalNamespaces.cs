using System.Globalization;
using OciSpec;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Checkpoint;

/// <summary>
/// Namespaces that a container did not make but joined by path: those of a pod, say. They are left out of the images; the
/// restored container joins what its own configuration names.
/// </summary>
internal static class ExternalNamespaces
{
    /// <summary>What criu is to leave out of a dump: network and pid namespaces that were joined.</summary>
    public static IEnumerable<string> LeftOut(RuntimeConfig config, int pid)
    {
        foreach ((LinuxNamespace joined, string kind) in Joined(config))
        {
            if (IsInherited(kind) && Sys.TryStatx(AT_FDCWD, $"/proc/{pid}/ns/{kind}", 0, out statx status) == Errno.OK)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"{kind}[{status.stx_ino}]:{Key(kind)}");
            }
        }
    }

    /// <summary>What a restored container joins: through descriptors (network, pid), or by criu's own opening of the path.</summary>
    public static void Join(RuntimeConfig config, CriuRequest request, List<int> extraFds, List<Fd> owned)
    {
        foreach ((LinuxNamespace joined, string kind) in Joined(config))
        {
            if (!IsInherited(kind))
            {
                request.Joined.Add((kind, joined.Path!));
                continue;
            }

            Errno errno = Sys.TryOpenAt(AT_FDCWD, joined.Path!, O_RDONLY, 0, out Fd? opened);
            Fd fd = opened ?? throw new ContainerException($"/linux/namespaces: open {joined.Path}: {errno.Name()}");
            owned.Add(fd);
            request.Inherited.Add((Key(kind), CriuSession.FirstExtraFd + extraFds.Count));
            extraFds.Add(fd.Number);
        }
    }

    private static bool IsInherited(string kind) => kind is "net" or "pid";

    private static string Key(string kind) => $"cctl-{kind}";

    private static IEnumerable<(LinuxNamespace Namespace, string Kind)> Joined(RuntimeConfig config)
    {
        foreach (LinuxNamespace entry in config.Linux?.Namespaces ?? [])
        {
            if (!string.IsNullOrEmpty(entry.Path))
            {
                yield return (entry, entry.Type switch { "network" => "net", "mount" => "mnt", string other => other, null => string.Empty });
            }
        }
    }
}
