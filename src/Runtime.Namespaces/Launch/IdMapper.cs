using System.Globalization;
using System.Text;
using OciSpec;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Launch;

/// <summary>Writes the mappings of a new user namespace (user_namespaces(7)), from outside it.</summary>
public static class IdMapper
{
    private const int HelperTimeoutSeconds = 30;

    /// <summary>Writes both mappings for the namespace of <paramref name="pid"/>.</summary>
    /// <exception cref="LaunchException">The kernel or newuidmap(1) refused them.</exception>
    public static void Write(int pid, LinuxSection linux) => Write(pid, linux.UidMappings ?? [], linux.GidMappings ?? [], "/linux");

    /// <summary>Writes both mappings for the namespace of <paramref name="pid"/>.</summary>
    /// <param name="pid">A process in the new namespace.</param>
    /// <param name="uids">The mapping of users.</param>
    /// <param name="gids">The mapping of groups.</param>
    /// <param name="parent">The pointer to the object that has uidMappings and gidMappings.</param>
    /// <exception cref="LaunchException">The kernel or newuidmap(1) refused them.</exception>
    public static void Write(int pid, List<IdMapping> uids, List<IdMapping> gids, string parent)
    {
        uint uid = Sys.GetEuid();
        uint gid = Sys.GetEgid();
        if (uid == 0)
        {
            WriteFile(pid, "uid_map", parent + "/uidMappings", uids);
            WriteFile(pid, "gid_map", parent + "/gidMappings", gids);
            return;
        }

        // Without a capability an ordinary user maps exactly its own id, and for groups only after giving up setgroups(2).
        if (IsOnly(uids, uid) && IsOnly(gids, gid))
        {
            FileText.TryWrite(AT_FDCWD, $"/proc/{pid}/setgroups", "deny");
            WriteFile(pid, "uid_map", parent + "/uidMappings", uids);
            WriteFile(pid, "gid_map", parent + "/gidMappings", gids);
            return;
        }

        RunHelper("newuidmap", pid, parent + "/uidMappings", uids);
        RunHelper("newgidmap", pid, parent + "/gidMappings", gids);
    }

    private static bool IsOnly(List<IdMapping> mappings, uint id) => mappings is [{ Size: 1 } only] && only.HostID == id;

    private static void WriteFile(int pid, string file, string pointer, List<IdMapping> mappings)
    {
        var text = new StringBuilder();
        foreach (IdMapping mapping in mappings)
        {
            text.Append(CultureInfo.InvariantCulture, $"{mapping.ContainerID ?? 0} {mapping.HostID ?? 0} {mapping.Size ?? 0}\n");
        }

        Errno errno = FileText.TryWrite(AT_FDCWD, $"/proc/{pid}/{file}", text.ToString());
        if (errno != Errno.OK)
        {
            throw new LaunchException(pointer, $"write {file}", errno, errno switch
            {
                Errno.EPERM => "the runtime may not map these ids: it lacks CAP_SETUID or CAP_SETGID, or they are not mapped in its own user namespace",
                Errno.EINVAL => "the ranges overlap, or there are more than 340",
                _ => string.Empty,
            });
        }
    }

    private static void RunHelper(string program, int pid, string pointer, List<IdMapping> mappings)
    {
        string path = FindProgram(program) ?? throw new LaunchException(pointer, $"run {program}", Errno.ENOENT, "mapping more than one's own id takes newuidmap and newgidmap: install the package uidmap");
        var command = new List<string> { path, pid.ToString(CultureInfo.InvariantCulture) };
        foreach (IdMapping mapping in mappings)
        {
            command.Add((mapping.ContainerID ?? 0).ToString(CultureInfo.InvariantCulture));
            command.Add((mapping.HostID ?? 0).ToString(CultureInfo.InvariantCulture));
            command.Add((mapping.Size ?? 0).ToString(CultureInfo.InvariantCulture));
        }

        try
        {
            RuntimeCommands.Run(pointer, command, HelperTimeoutSeconds);
        }
        catch (LaunchException e)
        {
            string file = program == "newuidmap" ? "/etc/subuid" : "/etc/subgid";
            // The message has the pointer already.
            throw new LaunchException(string.Empty, $"{e.Message}: these ids are not given to this user: see {file} (subuid(5))");
        }
    }

    private static string? FindProgram(string name)
    {
        foreach (string directory in (ReadOnlySpan<string>)["/usr/bin/", "/bin/", "/usr/local/bin/"])
        {
            if (Sys.TryAccess(AT_FDCWD, directory + name, X_OK, 0) == Errno.OK)
            {
                return directory + name;
            }
        }

        return null;
    }
}
