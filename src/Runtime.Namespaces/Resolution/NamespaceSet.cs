using OciSpec;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Resolution;

/// <summary>An existing namespace that a config names by its path.</summary>
/// <param name="Index">Its place in /linux/namespaces.</param>
/// <param name="Flag">CLONE_NEW* of its kind.</param>
/// <param name="Path">A file that stands for it, such as /proc/PID/ns/net.</param>
public sealed record JoinedNamespace(int Index, ulong Flag, string Path);

/// <summary>Which namespaces a guest gets of its own, and which it joins (config-linux.md, "Namespaces"; namespaces(7)).</summary>
public sealed class NamespaceSet
{
    private NamespaceSet(ulong made, IReadOnlyList<JoinedNamespace> joined) => (Made, Joined) = (made, joined);

    /// <summary>No namespace at all.</summary>
    public static NamespaceSet None { get; } = new(0, []);

    /// <summary>CLONE_NEW* of those that are made for the guest.</summary>
    public ulong Made { get; }

    /// <summary>Those that it joins, in the config's order.</summary>
    public IReadOnlyList<JoinedNamespace> Joined { get; }

    /// <summary>Reads a config's list.</summary>
    public static NamespaceSet Of(RuntimeConfig config)
    {
        List<LinuxNamespace> namespaces = config.Linux?.Namespaces ?? [];
        ulong made = 0;
        List<JoinedNamespace>? joined = null;
        for (int i = 0; i < namespaces.Count; i++)
        {
            ulong flag = Flag(namespaces[i].Type);
            if (namespaces[i].Path is { Length: > 0 } path)
            {
                (joined ??= []).Add(new JoinedNamespace(i, flag, path));
            }
            else
            {
                made |= flag;
            }
        }

        return new NamespaceSet(made, joined ?? (IReadOnlyList<JoinedNamespace>)[]);
    }

    /// <summary>Whether one of this kind is made for the guest.</summary>
    public bool Makes(ulong flag) => (Made & flag) != 0;

    /// <summary>Whether the guest joins one of this kind.</summary>
    public bool Joins(ulong flag) => Find(flag) is not null;

    /// <summary>Whether the config lists this kind, made or joined; of all others the guest is in the runtime's own.</summary>
    public bool Lists(ulong flag) => Makes(flag) || Joins(flag);

    /// <summary>The one of this kind that the guest joins, or null.</summary>
    public JoinedNamespace? Find(ulong flag)
    {
        foreach (JoinedNamespace joined in Joined)
        {
            if (joined.Flag == flag)
            {
                return joined;
            }
        }

        return null;
    }

    /// <summary>CLONE_NEW* by the name that the specification gives a kind; 0 for an unknown one.</summary>
    public static ulong Flag(string? type) => type switch
    {
        "mount" => CLONE_NEWNS,
        "pid" => CLONE_NEWPID,
        "network" => CLONE_NEWNET,
        "ipc" => CLONE_NEWIPC,
        "uts" => CLONE_NEWUTS,
        "user" => CLONE_NEWUSER,
        "cgroup" => CLONE_NEWCGROUP,
        "time" => CLONE_NEWTIME,
        _ => 0,
    };

    /// <summary>The file of a kind in /proc/PID/ns (proc(5)), by the specification's name.</summary>
    public static string File(string type) => type switch
    {
        "network" => "net",
        "mount" => "mnt",
        _ => type,
    };
}
