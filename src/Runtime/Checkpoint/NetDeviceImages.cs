using System.Globalization;

namespace Runtime.Checkpoint;

/// <summary>
/// SECURITY: the network devices that criu makes with the host's rights. A veth is made with its other end, and where that is
/// not in the images it comes to the host's network, under a name that the images choose: so it must be there, unless the
/// config file for criu says what it is on the host (<c>external veth[NAME]:…</c>). (criu's images/netdev.proto)
/// </summary>
internal static class NetDeviceImages
{
    private const uint Magic = 0x57373951;
    private const uint Veth = 2;
    private const uint LastKnown = 8;

    /// <summary>Looks at the devices of all network namespaces.</summary>
    /// <param name="images">The images of records by name.</param>
    /// <param name="external">The devices that criu's config file has an end on the host for.</param>
    /// <exception cref="ImageException">A device reaches out of the images.</exception>
    public static void Check(IReadOnlyDictionary<string, byte[]> images, IReadOnlyCollection<string> external)
    {
        foreach (string name in images.Keys)
        {
            if (ImageKind.Of(name)?.Magic != Magic)
            {
                continue;
            }

            foreach (ImageMessage device in Devices(images, name))
            {
                if (device.Number(1) is null or > LastKnown)
                {
                    throw new ImageException(name, $"{device.Text(5)} is of an unknown kind ({device.Number(1)})");
                }

                bool isOutside = device.Number(1) == Veth && !external.Contains(device.Text(5) ?? string.Empty) && !HasPeer(images, name, device);
                if (isOutside)
                {
                    throw new ImageException(name, $"/linux/namespaces: the other end of the veth {device.Text(5)} is not in the images, and would come to the host's network: have a createRuntime hook make it instead, or name it in criu's config file (external veth[{device.Text(5)}]:NAME)");
                }
            }
        }
    }

    /// <summary>The names in the lines <c>external veth[NAME]:…</c> of a config file for criu (criu(8)); none without a file.</summary>
    public static List<string> External(string? configFile)
    {
        var names = new List<string>();
        const string Key = "veth[";
        foreach (string line in (configFile is null ? null : Linux.FileText.TryReadString(Linux.Abi.AT_FDCWD, configFile))?.Split('\n') ?? [])
        {
            string[] words = line.Split([' ', '\t', '=', '"'], StringSplitOptions.RemoveEmptyEntries);
            if (words is ["external" or "--external", { } word, ..] && word.StartsWith(Key, StringComparison.Ordinal) && word.IndexOf(']', StringComparison.Ordinal) is > 0 and int end)
            {
                names.Add(word[Key.Length..end]);
            }
        }

        return names;
    }

    /// <summary>Whether both name each other: the peer in the network namespace of an image, which criu then makes.</summary>
    private static bool HasPeer(IReadOnlyDictionary<string, byte[]> images, string name, ImageMessage device)
    {
        if (device.Number(12) is not uint index || device.Number(13) is not uint number)
        {
            return false;
        }

        string peers = string.Create(CultureInfo.InvariantCulture, $"netdev-{number}.img");
        return images.ContainsKey(peers)
            && Devices(images, peers).Exists(p => p.Number(1) == Veth && p.Number(2) == index && p.Number(12) == device.Number(2) && p.Number(13) is uint own
                && name == string.Create(CultureInfo.InvariantCulture, $"netdev-{own}.img") && (peers != name || index != device.Number(2)));
    }

    private static List<ImageMessage> Devices(IReadOnlyDictionary<string, byte[]> images, string name) =>
        ImageRecords.Read(name, images[name], Magic).ConvertAll(r => new ImageMessage(name, r));
}
