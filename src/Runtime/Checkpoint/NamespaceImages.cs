using OciSpec;
using Runtime.Namespaces.Resolution;

namespace Runtime.Checkpoint;

/// <summary>
/// SECURITY: which namespaces criu makes is said by numbers: a task is put into a new one where its number is another than
/// that of criu itself at the checkpoint. Without a mount namespace criu would restore files among the host's; without a
/// user namespace its root would be the host's. So the numbers are compared with the configuration before, and the
/// mappings of ids line by line.
/// </summary>
internal static class NamespaceImages
{
    private const uint UsersMagic = 0x55474906;
    private const uint IdsMagic = 0x54432030;
    private const uint TreeMagic = 0x50273030;

    // criu's images/core.proto, task_kobj_ids_entry.
    private static readonly (string Kind, int Field)[] s_fields =
        [("pid", 5), ("network", 6), ("ipc", 7), ("uts", 8), ("mount", 9), ("user", 10), ("cgroup", 11)];

    /// <summary>Looks at all that says which namespaces there are.</summary>
    /// <param name="images">The images of records by name.</param>
    /// <param name="rules">What the configuration allows.</param>
    /// <exception cref="ImageException">The configuration says otherwise.</exception>
    public static void Check(IReadOnlyDictionary<string, byte[]> images, ImageRules rules)
    {
        const string Inventory = "inventory.img";
        const string Tree = "pstree.img";
        ImageMessage outside = One(images, Inventory, ImageKind.InventoryMagic).Message(3) ?? throw new ImageException(Inventory, "it names no namespaces");
        List<byte[]> tasks = ImageRecords.Read(Tree, Find(images, Tree), TreeMagic);
        if (tasks.Count == 0)
        {
            throw new ImageException(Tree, "it has no process");
        }

        uint? user = null;
        for (int i = 0; i < tasks.Count; i++)
        {
            uint pid = new ImageMessage(Tree, tasks[i]).Number(1) ?? throw new ImageException(Tree, "a process has no number");
            string name = $"ids-{pid}.img";
            if (i > 0 && !images.ContainsKey(name))
            {
                continue; // a process that has ended: it is in its parent's
            }

            ImageMessage ids = One(images, name, IdsMagic);
            CheckIds(name, ids, outside, rules, isFirst: i == 0);
            user ??= ids.Number(10) ?? 0;
            if (user != (ids.Number(10) ?? 0))
            {
                throw new ImageException(name, "it is in another user namespace than the first process");
            }
        }

        CheckUsers(images, rules, user ?? 0);
    }

    private static void CheckIds(string name, ImageMessage ids, ImageMessage outside, ImageRules rules, bool isFirst)
    {
        foreach ((string kind, int field) in s_fields)
        {
            bool same = (ids.Number(field) ?? 0) == (outside.Number(field) ?? 0);
            if (same && rules.Makes(kind))
            {
                throw new ImageException(name, $"/linux/namespaces: it is in no {kind} namespace of its own");
            }

            if (!same && isFirst && !rules.Has(kind))
            {
                throw new ImageException(name, $"/linux/namespaces: it is in a {kind} namespace of its own");
            }
        }
    }

    private static void CheckUsers(IReadOnlyDictionary<string, byte[]> images, ImageRules rules, uint user)
    {
        if (!rules.Makes("user"))
        {
            return; // no such image is allowed then
        }

        string name = $"userns-{user}.img";
        ImageMessage users = One(images, name, UsersMagic);
        CheckMap(name, "/linux/uidMappings", users.Messages(1), rules.Config.Linux?.UidMappings);
        CheckMap(name, "/linux/gidMappings", users.Messages(2), rules.Config.Linux?.GidMappings);
    }

    private static void CheckMap(string image, string pointer, List<ImageMessage> lines, List<IdMapping>? mappings)
    {
        List<(uint, uint, uint)> has = lines.ConvertAll(static l => (l.Number(1) ?? 0, l.Number(2) ?? 0, l.Number(3) ?? 0));
        if (!IdMappings.AreSame(mappings, has))
        {
            throw new ImageException(image, $"{pointer}: it maps {string.Join(", ", has.Select(static h => $"{h.Item1} {h.Item2} {h.Item3}"))}");
        }
    }

    private static ImageMessage One(IReadOnlyDictionary<string, byte[]> images, string name, uint magic)
    {
        List<byte[]> records = ImageRecords.Read(name, Find(images, name), magic);
        return records.Count == 1 ? new ImageMessage(name, records[0]) : throw new ImageException(name, "it has not one part");
    }

    private static byte[] Find(IReadOnlyDictionary<string, byte[]> images, string name) =>
        images.TryGetValue(name, out byte[]? bytes) ? bytes : throw new ImageException(name, "it is missing");
}
