using System.Globalization;
using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Checkpoint;

/// <summary>
/// SECURITY: users and groups of a restored thread. A guest may have changed them as far as its configuration lets it: with
/// CAP_SETUID and CAP_SETGID to any that its user namespace has; by a program with the set-user-id bit, unless it may gain
/// no privileges, but for the real one. Otherwise they are the configuration's.
/// </summary>
internal sealed class RestoredIdentity
{
    private const int CAP_SETGID = 6;
    private const int CAP_SETUID = 7;

    private readonly RuntimeConfig _config;
    private readonly NamespaceSet _namespaces;
    private readonly ulong _capabilities;

    /// <summary>Compares with this configuration.</summary>
    public RestoredIdentity(RuntimeConfig config)
    {
        _config = config;
        _namespaces = NamespaceSet.Of(config);
        _capabilities = CapabilitySets.From(config.Process?.Capabilities).All;
    }

    /// <summary>Looks at the text of a thread's status, proc_pid_status(5).</summary>
    /// <exception cref="ContainerException">It has an identity that the configuration does not give.</exception>
    public void Check(int pid, string status)
    {
        RestoredProcesses.Require(pid, MapOf(pid, "uid_map", _config.Linux?.UidMappings), "/linux/uidMappings", "its user namespace maps other users");
        RestoredProcesses.Require(pid, MapOf(pid, "gid_map", _config.Linux?.GidMappings), "/linux/gidMappings", "its user namespace maps other groups");
        CheckIds(pid, Ids(status, "Uid"), HostId(_config.Linux?.UidMappings, _config.Process?.User?.Uid ?? 0), CAP_SETUID, "/process/user/uid", _config.Linux?.UidMappings);
        CheckIds(pid, Ids(status, "Gid"), HostId(_config.Linux?.GidMappings, _config.Process?.User?.Gid ?? 0), CAP_SETGID, "/process/user/gid", _config.Linux?.GidMappings);
        CheckGroups(pid, Ids(status, "Groups"));
    }

    private void CheckIds(int pid, List<uint> ids, uint configured, int capability, string pointer, List<IdMapping>? mappings)
    {
        RestoredProcesses.Require(pid, ids.Count == 4 && ids.TrueForAll(i => IsMapped(mappings, i)), pointer, $"it runs as {Text(ids)}");
        if ((_capabilities & (1UL << capability)) == 0)
        {
            // Real, effective, saved, of the filesystem.
            int fixedOnes = _config.Process?.NoNewPrivileges == true ? 4 : 1;
            RestoredProcesses.Require(pid, ids[..fixedOnes].TrueForAll(i => i == configured), pointer, $"it runs as {Text(ids)}, not as {configured}");
        }
    }

    private void CheckGroups(int pid, List<uint> groups)
    {
        const string Pointer = "/process/user/additionalGids";
        List<IdMapping>? mappings = _config.Linux?.GidMappings;
        RestoredProcesses.Require(pid, groups.TrueForAll(g => IsMapped(mappings, g)), Pointer, $"it has the groups {Text(groups)}");
        if ((_capabilities & (1UL << CAP_SETGID)) == 0)
        {
            List<uint> configured = (_config.Process?.User?.AdditionalGids ?? []).ConvertAll(g => HostId(mappings, g));
            RestoredProcesses.Require(pid, groups.ToHashSet().SetEquals(configured), Pointer, $"it has the groups {Text(groups)}");
        }
    }

    /// <summary>Whether a process's user namespace is as the configuration says; one that was joined is not its to say.</summary>
    private bool MapOf(int pid, string file, List<IdMapping>? mappings)
    {
        if (!_namespaces.Makes(CLONE_NEWUSER))
        {
            return true;
        }

        var has = new List<(uint, uint, uint)>();
        foreach (string line in (FileText.TryReadString(AT_FDCWD, $"/proc/{pid}/{file}") ?? string.Empty).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            List<uint> numbers = Numbers(line);
            has.Add(numbers.Count == 3 ? (numbers[0], numbers[1], numbers[2]) : default);
        }

        return IdMappings.AreSame(mappings, has);
    }

    private bool IsMapped(List<IdMapping>? mappings, uint hostId) =>
        !_namespaces.Lists(CLONE_NEWUSER) || mappings is null or { Count: 0 } || IdMappings.HasHost(mappings, hostId);

    private static uint HostId(List<IdMapping>? mappings, uint id) => IdMappings.ToHost(mappings, id) ?? id;

    private static List<uint> Ids(string status, string name) => Numbers(RestoredProcesses.Line(status, name));

    private static List<uint> Numbers(string text)
    {
        var numbers = new List<uint>();
        foreach (string word in text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (uint.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out uint number))
            {
                numbers.Add(number);
            }
        }

        return numbers;
    }

    private static string Text(List<uint> numbers) => string.Join(' ', numbers.Select(static n => n.ToString(CultureInfo.InvariantCulture)));
}
