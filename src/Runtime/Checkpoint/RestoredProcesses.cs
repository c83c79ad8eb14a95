using System.Globalization;
using OciSpec;
using Runtime.Cgroups;
using Runtime.Linux;
using Runtime.Linux.Files;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Checkpoint;

/// <summary>
/// SECURITY: images say what namespaces, credentials and mounts a process gets, and criu does as they say, with all of
/// the host's rights. Images may come from anybody. So before the restored processes go on, what the kernel now says of
/// each of their threads is compared with what the configuration allows. Of a filter the kernel says only that there is one: <see cref="SeccompImage"/>.
/// </summary>
internal sealed class RestoredProcesses
{
    private const int CAP_SYS_ADMIN = 21;

    private readonly RuntimeConfig _config;
    private readonly string? _cgroup;
    private readonly string? _profile;
    private readonly string? _label;
    private readonly CapabilitySets _allowed;
    private readonly RestoredIdentity _identity;
    private readonly RestoredLimits _limits;

    /// <summary>Compares with this configuration.</summary>
    /// <param name="config">The bundle's.</param>
    /// <param name="cgroup">The container's cgroup below the cgroup mount, beginning with a slash; null where it has none.</param>
    /// <param name="lsmProfile">What the caller named in the place of the configuration's profile; null for none.</param>
    public RestoredProcesses(RuntimeConfig config, string? cgroup, string? lsmProfile)
    {
        _config = config;
        _cgroup = cgroup;
        _allowed = CapabilitySets.From(config.Process?.Capabilities);
        _identity = new RestoredIdentity(config);
        _limits = new RestoredLimits(config);
        _profile = lsmProfile is null ? config.Process?.ApparmorProfile
            : lsmProfile.StartsWith("apparmor:", StringComparison.Ordinal) ? lsmProfile[9..] : null;
        _label = lsmProfile is null ? config.Process?.SelinuxLabel
            : lsmProfile.StartsWith("selinux:", StringComparison.Ordinal) ? lsmProfile[8..] : null;
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

    /// <summary>Looks at one process of the tree, and at each of its threads.</summary>
    /// <exception cref="ContainerException">It has more than the configuration allows.</exception>
    public void Check(int pid, int root)
    {
        List<string> threads = Threads(pid);
        Require(pid, threads.Count > 0, "/process", "it cannot be looked at");
        foreach (string thread in threads)
        {
            CheckThread(pid, $"{pid}/task/{thread}", root);
        }

        CheckCgroup(pid);
    }

    private void CheckThread(int pid, string thread, int root)
    {
        string status = FileText.TryReadString(AT_FDCWD, $"/proc/{thread}/status") ?? string.Empty;
        if (Line(status, "State").StartsWith('Z'))
        {
            return; // a first thread that has ended before the others executes nothing more
        }

        foreach (LinuxNamespace entry in _config.Linux?.Namespaces ?? [])
        {
            CheckNamespace(pid, thread, pid == root, entry);
        }

        // Only who may mount can have made another.
        Require(pid, (_allowed.All & (1UL << CAP_SYS_ADMIN)) != 0 || Namespace(thread, "mnt") == Namespace($"{root}", "mnt"), "/linux/namespaces", "it is in another mount namespace than the first process");
        Require(pid, Namespace(thread, "user") == Namespace($"{root}", "user"), "/linux/namespaces", "it is in another user namespace than the first process");
        foreach (string set in (string[])["CapBnd", "CapPrm", "CapEff", "CapInh", "CapAmb"])
        {
            CheckCapabilities(pid, set, status);
        }

        Require(pid, _config.Process?.NoNewPrivileges != true || Line(status, "NoNewPrivs") == "1", "/process/noNewPrivileges", "it may gain privileges");
        Require(pid, !HasFilter(_config) || Line(status, "Seccomp") == "2", "/linux/seccomp", "it has no seccomp filter");
        _identity.Check(pid, status);
        _limits.Check(pid, thread);
        CheckProfile(pid, thread);
    }

    /// <summary>The exception for a restored process that is not what the configuration allows.</summary>
    public static ContainerException Refused(int pid, string pointer, string why) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{pointer}: restored process {pid}: {why}: the images are not of a container with this configuration"));

    private static void CheckNamespace(int pid, string thread, bool isRoot, LinuxNamespace entry)
    {
        string kind = entry.Type switch { "network" => "net", "mount" => "mnt", string other => other, null => string.Empty };
        string link = Namespace(thread, kind);
        if (string.IsNullOrEmpty(entry.Path))
        {
            Require(pid, link.Length > 0 && link != Namespace("self", kind), "/linux/namespaces", $"it is in the host's {entry.Type} namespace");
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
        Require(pid, read && (has & ~_allowed.All) == 0, "/process/capabilities", $"{set} has more than they allow");
    }

    /// <summary>Whether a configuration's filter refuses anything.</summary>
    public static bool HasFilter(RuntimeConfig config) => config.Linux?.Seccomp is { } seccomp && (seccomp.Syscalls is { Count: > 0 } || seccomp.DefaultAction != "SCMP_ACT_ALLOW");

    private void CheckProfile(int pid, string thread)
    {
        if (_profile is { Length: > 0 } profile && profile != "unconfined"
            && FileText.TryReadString(AT_FDCWD, $"/proc/{thread}/attr/apparmor/current") is string current)
        {
            // The profile's name, and its mode in brackets.
            bool same = current.TrimEnd('\n') == profile || current.StartsWith(profile + " (", StringComparison.Ordinal);
            Require(pid, same, "/process/apparmorProfile", $"it is not under the profile {profile}");
        }

        if (_label is { Length: > 0 } label && FileText.TryReadString(AT_FDCWD, $"/proc/{thread}/attr/current") is string now)
        {
            Require(pid, now.TrimEnd('\0', '\n') == label, "/process/selinuxLabel", $"it is not under the label {label}");
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

    internal static void Require(int pid, bool holds, string pointer, string otherwise)
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

        using Fd directory = opened!;
        return DirectoryReader.ReadAll(directory.Number).ConvertAll(e => e.Name);
    }

    private static string Namespace(string process, string kind) => Sys.TryReadLinkAt(AT_FDCWD, $"/proc/{process}/ns/{kind}") ?? string.Empty;

    internal static string Line(string status, string name)
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
