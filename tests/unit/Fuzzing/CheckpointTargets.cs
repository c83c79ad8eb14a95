using OciSpec;
using Runtime.Checkpoint;

namespace Unit.Tests.Fuzzing;

/// <summary>The readers of criu's images, of which a checkpoint may have any.</summary>
internal static class CheckpointTargets
{
    private static readonly string[] s_network = ["ifaddr-1.img", "route-1.img", "rule-1.img", "netns-ct-1.img", "nftables-1.img", "iptables-1.img"];
    private static readonly string[] s_words = ["/", "..", "\0", "pids.max", "ro", "file[1a:4]", "include", "--modprobe", "\n", "*filter\n", "COMMIT\n", "\x0a", "\x12", "\x1a"];

    public static IEnumerable<FuzzTarget> All
    {
        get
        {
            ImageRules rules = Rules();
            yield return Of("criu-cgroup", ImageKind.CgroupMagic, Cgroup, b => CgroupImage.Rewrite(b, hasCgroup: true, ownNamespace: true).Length >> 4);
            yield return Of("criu-core", ImageKind.CoreMagic, Any, b => CoreImage.Rewrite("core-1.img", b, rules).Length >> 4);
            yield return Of("criu-mounts", ImageKind.MountsMagic, Mount, b => MountImage.Rewrite("mountpoints-12.img", b, rules).Length >> 4);
            yield return Of("criu-regular", ImageKind.FilesMagic, Any, b => Checked(() => FileImages.Check("files.img", b, rules)));
            yield return Of("criu-ghost", 0x52583605, Any, b => Checked(() => FileImages.CheckGhost("ghost-file-1.img", b, rules)));
            yield return new FuzzTarget("criu-network", [.. Network()], s_words, b => Checked(() => OfNetwork(b)), typeof(ImageException));
            yield return Of("criu-namespaces", 0x54432030, Ids, b => Checked(() => NamespaceImages.Check(Namespaces(b), rules)));
        }
    }

    private static FuzzTarget Of(string name, uint magic, Action<ProtobufWriter> message, Func<byte[], object?> parse)
    {
        var writer = new ProtobufWriter();
        message(writer);
        return new FuzzTarget(name, [ImageRecords.Write(magic, [writer.ToArray()]), ImageRecords.Write(magic, [writer.ToArray(), [], writer.ToArray()])], s_words, parse, typeof(ImageException));
    }

    private static string Checked(Action check)
    {
        check();
        return string.Empty;
    }

    // The first byte says which it is.
    private static void OfNetwork(byte[] input)
    {
        if (input.Length > 0)
        {
            string image = s_network[input[0] % s_network.Length];
            NetworkImages.Check(image, ImageKind.Of(image)!, input.AsSpan(1));
        }
    }

    private static IEnumerable<byte[]> Network()
    {
        byte[] message = [20, 0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        yield return [0, 1, 2, 3, 4, .. message, .. message];
        yield return [3, 20, 0, 0, 0, 0, 1, .. message[6..]];
        yield return [4, .. "table inet filter {\n\tchain input { type filter hook input priority 0; }\n}\n"u8];
        yield return [5, .. "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp --dport 80 -j ACCEPT\nCOMMIT\n"u8];
    }

    private static void Cgroup(ProtobufWriter image)
    {
        image.Message(1, set =>
        {
            set.Number(1, 2);
            set.Message(2, member =>
            {
                member.Text(1, string.Empty);
                member.Text(2, "/a/b/x");
                member.Number(3, 4);
            });
        });
        image.Message(2, controller =>
        {
            controller.Text(1, string.Empty);
            controller.Message(2, directory =>
            {
                directory.Text(1, "a/b");
                directory.Message(2, below => below.Text(1, "x"));
                directory.Message(3, property =>
                {
                    property.Text(1, "pids.max");
                    property.Text(2, "5");
                });
            });
        });
    }

    private static void Mount(ProtobufWriter mount)
    {
        mount.Number(1, 1);
        mount.Number(2, 7);
        mount.Number(3, 1);
        mount.Number(4, 0);
        mount.Number(5, 0);
        mount.Text(6, "/");
        mount.Text(7, "/proc");
        mount.Text(8, "proc");
        mount.Text(9, "rw");
    }

    private static void Any(ProtobufWriter message)
    {
        message.Number(1, 1);
        message.Number(2, 2);
        for (int field = 3; field <= 12; field++)
        {
            message.Message(field, inner =>
            {
                inner.Number(1, 1);
                inner.Text(6, "/etc/passwd");
                inner.Message(13, deep => deep.Number(1, 8));
            });
        }
    }

    private static void Ids(ProtobufWriter ids)
    {
        for (int field = 5; field <= 11; field++)
        {
            ids.Number(field, field);
        }
    }

    private static Dictionary<string, byte[]> Namespaces(byte[] input)
    {
        var inventory = new ProtobufWriter();
        inventory.Message(3, Ids);
        var tree = new ProtobufWriter();
        tree.Number(1, 1);
        return new()
        {
            ["inventory.img"] = ImageRecords.Write(ImageKind.InventoryMagic, [inventory.ToArray()])[4..],
            ["pstree.img"] = ImageRecords.Write(0x50273030, [tree.ToArray()]),
            ["ids-1.img"] = input,
            ["userns-9.img"] = input,
        };
    }

    private static ImageRules Rules()
    {
        string[] kinds = ["pid", "network", "ipc", "uts", "mount", "cgroup", "user"];
        var config = new RuntimeConfig { Process = new(), Linux = new() { Namespaces = [.. kinds.Select(t => new LinuxNamespace { Type = t })] } };
        return new ImageRules(config, ["known"], "nsdelegate");
    }
}
