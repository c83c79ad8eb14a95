using System.Globalization;
using OciSpec;
using Runtime.Cgroups;
using Runtime.Linux;
using Runtime.Namespaces.Builder;
using static Runtime.Linux.Abi;

namespace Runtime.Checkpoint;

/// <summary>
/// SECURITY: images say what namespaces, credentials and mounts a process gets, and criu does as they say, with all of
/// the host's rights. Images may come from anybody. So before the restored processes go on, what the kernel now says of
/// each is compared with what the configuration allows. A filter's presence is compared, not its content.
/// </summary>
internal sealed class RestoredProcesses
{
    private readonly RuntimeConfig _config;
    private readonly string? _cgroup;
    private readonly string? _profile;
    private readonly CapabilitySets _allowed;

    /// <summary>Compares with this configuration.</summary>
    /// <param name="config">The bundle's.</param>
    /// <param name="cgroup">The container's cgroup below the cgroup mount, beginning with a slash; null where it has none.</param>
    /// <param name="lsmProfile">What the caller named in the place of the configuration's profile; null for none.</param>
    public RestoredProcesses(RuntimeConfig config, string? cgroup, string? lsmProfile)
    {
        _config = config;
        _cgroup = cgroup;
        _allowed = CapabilitySets.From(config.Process?.Capabilities);
        _profile = lsmProfile is null ? config.Process?.ApparmorProfile
            : lsmProfile.StartsWith("apparmor:", StringComparison.Ordinal) ? lsmProfile[9..] : null;
    }

    /// <summary>
    /// The processes of a tree: its root, and all below it. One that had ended when it was dumped is left out: it executes
    /// nothing more, and has neither credentials nor mounts.
    /// </summary>
    public static List<int> Tree(int root)
    {
        var pids = new List<int> { root };
        for (int i = 0; i < pids.Count; i++)
        {
            foreach (string thread in Threads(pids[i]))
            {
                string children = FileText.TryReadString(AT_FDCWD, $"/proc/{pids[i]}/task/{thread}/children") ?? string.Empty;
                foreach (string child in children.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                {
                    if (int.TryParse(child, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && !HasEnded(pid))
                    {
                        pids.Add(pid);
                    }
                }
            }
        }

        return pids;
    }

    /// <summary>Looks at one process of the tree.</summary>
    /// <exception cref="ContainerException">It has more than the configuration allows.</exception>
    public void Check(int pid, int root)
    {
        string status = FileText.TryReadString(AT_FDCWD, $"/proc/{pid}/status") ?? string.Empty;
        foreach (LinuxNamespace entry in _config.Linux?.Namespaces ?? [])
        {
            CheckNamespace(pid, pid == root, entry);
        }

        if (Namespace(pid, "user") == Namespace(root, "user"))
        {
            // In a user namespace of the guest's own making, capabilities are over that alone.
            foreach (string set in (string[])["CapBnd", "CapPrm", "CapEff", "CapInh", "CapAmb"])
            {
                CheckCapabilities(pid, set, status);
            }
        }

        Require(pid, _config.Process?.NoNewPrivileges != true || Line(status, "NoNewPrivs") == "1", "/process/noNewPrivileges", "it may gain privileges");
        Require(pid, !HasFilter() || Line(status, "Seccomp") == "2", "/linux/seccomp", "it has no seccomp filter");
        CheckProfile(pid);
        CheckCgroup(pid);
    }

    /// <summary>The exception for a restored process that is not what the configuration allows.</summary>
    public static ContainerException Refused(int pid, string pointer, string why) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{pointer}: restored process {pid}: {why}: the images are not of a container with this configuration"));

    private static void CheckNamespace(int pid, bool isRoot, LinuxNamespace entry)
    {
        string kind = entry.Type switch { "network" => "net", "mount" => "mnt", string other => other, null => string.Empty };
        string link = Namespace(pid, kind);
        if (string.IsNullOrEmpty(entry.Path))
        {
            Require(pid, link != Namespace(0, kind), "/linux/namespaces", $"it is in the host's {entry.Type} namespace");
        }
        else if (isRoot)
        {
            bool same = Sys.TryStatx(AT_FDCWD, entry.Path, 0, out statx wanted) == Errno.OK
                && link.EndsWith(string.Create(CultureInfo.InvariantCulture, $"[{wanted.stx_ino}]"), StringComparison.Ordinal);
            Require(pid, same, "/linux/namespaces", $"it is not in the {entry.Type} namespace {entry.Path}");
        }
    }

    private void CheckCapabilities(int pid, string set, string status)
    {
        bool read = ulong.TryParse(Line(status, set), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong has);
        ulong allowed = _allowed.Bounding | _allowed.Permitted | _allowed.Inheritable | _allowed.Ambient;
        Require(pid, read && (has & ~allowed) == 0, "/process/capabilities", $"{set} has more than they allow");
    }

    private bool HasFilter() => _config.Linux?.Seccomp is { } seccomp && (seccomp.Syscalls is { Count: > 0 } || seccomp.DefaultAction != "SCMP_ACT_ALLOW");

    private void CheckProfile(int pid)
    {
        if (_profile is { Length: > 0 } profile && profile != "unconfined"
            && FileText.TryReadString(AT_FDCWD, $"/proc/{pid}/attr/apparmor/current") is string current)
        {
            Require(pid, current.StartsWith(profile, StringComparison.Ordinal), "/process/apparmorProfile", $"it is not under the profile {profile}");
        }
    }

    private void CheckCgroup(int pid)
    {
        if (_cgroup is string own)
        {
            string? path = FileText.TryRead(AT_FDCWD, $"/proc/{pid}/cgroup", out byte[] text) == Errno.OK ? CgroupMount.OwnCgroupIn(text) : null;
            Require(pid, path == own || path?.StartsWith(own + "/", StringComparison.Ordinal) == true, "/linux/cgroupsPath", "it is not in the container's cgroup");
        }
    }

    private static void Require(int pid, bool holds, string pointer, string otherwise)
    {
        if (!holds)
        {
            throw Refused(pid, pointer, otherwise);
        }
    }

    // A first thread that ended before the others shows the same state: that is a process which still executes.
    private static bool HasEnded(int pid) =>
        Line(FileText.TryReadString(AT_FDCWD, $"/proc/{pid}/status") ?? string.Empty, "State").StartsWith('Z') && Threads(pid).Count <= 1;

    private static List<string> Threads(int pid)
    {
        if (Sys.TryOpenAt(AT_FDCWD, $"/proc/{pid}/task", O_RDONLY | O_DIRECTORY, 0, out Fd? opened) != Errno.OK)
        {
            return [];
        }

        using Fd folder = opened!;
        return State.FolderRemoval.Entries(folder.Number).ConvertAll(e => e.Name);
    }

    private static string Namespace(int pid, string kind) =>
        Sys.TryReadLinkAt(AT_FDCWD, pid == 0 ? $"/proc/self/ns/{kind}" : $"/proc/{pid}/ns/{kind}") ?? string.Empty;

    private static string Line(string status, string name)
    {
        foreach (string line in status.Split('\n'))
        {
            if (line.StartsWith(name + ":", StringComparison.Ordinal))
            {
                return line[(name.Length + 1)..].Trim();
            }
        }

        return string.Empty;
    }
}
