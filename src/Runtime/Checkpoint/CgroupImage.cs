namespace Runtime.Checkpoint;

/// <summary>
/// SECURITY: cgroup.img says which directories criu makes, whose they are, and what it writes to which of their files, by
/// paths from the root of the hierarchy that it takes as they stand. So criu gets one of our own making: the container's
/// cgroup, which the runtime has made and limits, and below it the directories that the guest had made, with plain names
/// and files of version 2 alone. (criu's images/cgroup.proto)
/// </summary>
internal static class CgroupImage
{
    /// <summary>The image's name.</summary>
    public const string Name = "cgroup.img";

    // criu puts the container's cgroup in the place of this name: criu_opts.cg_root.
    private const string Top = "cctl";
    private const int Deepest = 32;
    private const int LongestName = 255;
    private static readonly string[] s_controllers = ["cgroup", "cpu", "cpuset", "io", "memory", "pids", "hugetlb", "rdma", "misc"];

    /// <summary>The image that criu gets.</summary>
    /// <param name="bytes">The image as it came.</param>
    /// <param name="hasCgroup">Whether the container has a cgroup; without one nothing is made.</param>
    /// <param name="ownNamespace">Whether it has a cgroup namespace of its own.</param>
    /// <exception cref="ImageException">It asks for what does not lie below the container's cgroup.</exception>
    public static byte[] Rewrite(ReadOnlySpan<byte> bytes, bool hasCgroup, bool ownNamespace)
    {
        List<byte[]> records = ImageRecords.Read(Name, bytes, ImageKind.CgroupMagic);
        if (records.Count > 1)
        {
            throw new ImageException(Name, "it has several parts");
        }

        var written = new ProtobufWriter();
        if (records.Count == 1)
        {
            var image = new ImageMessage(Name, records[0]);
            ImageMessage? directory = Directory(image);
            string from = From(image, directory);
            foreach (ImageMessage set in image.Messages(1))
            {
                written.Message(1, w => WriteSet(w, set, from, hasCgroup, ownNamespace));
            }

            if (hasCgroup && directory is not null)
            {
                string top = Top + Below(directory.Text(1)!, from[1..]);
                written.Message(2, controller =>
                {
                    controller.Text(1, string.Empty);
                    // Its own files and owner are the runtime's: the configuration's limits, not those of the images.
                    controller.Message(2, w => WriteDirectory(w, directory, top, isTop: true, 0));
                });
            }
        }

        return ImageRecords.Write(ImageKind.CgroupMagic, [written.ToArray()]);
    }

    /// <summary>The one directory tree of version 2; those of version 1 are left out.</summary>
    private static ImageMessage? Directory(ImageMessage image)
    {
        ImageMessage? found = null;
        foreach (ImageMessage controller in image.Messages(2))
        {
            if (controller.Texts(1) is not [""])
            {
                continue;
            }

            foreach (ImageMessage directory in controller.Messages(2))
            {
                found = found is null ? directory : throw new ImageException(Name, "it has several cgroups that lie beside each other");
            }
        }

        string name = found?.Text(1) ?? string.Empty;
        if (found is not null && (name.Length == 0 || !name.Split('/').All(IsName)))
        {
            throw new ImageException(Name, $"\"{name}\" is no cgroup");
        }

        return found;
    }

    /// <summary>The cgroup that the container's stands for, with a slash before it: the root of its namespace, or else the topmost.</summary>
    private static string From(ImageMessage image, ImageMessage? directory)
    {
        string? top = directory?.Text(1) is string name ? "/" + name : null;
        foreach (ImageMessage set in image.Messages(1))
        {
            foreach (ImageMessage member in set.Messages(2))
            {
                string path = member.Text(2) ?? string.Empty;
                if (member.Text(1) == string.Empty && member.Number(3) is uint prefix && prefix > 1 && prefix <= path.Length && (top is null || IsBelow(top, path[..(int)prefix])))
                {
                    return path[..(int)prefix];
                }
            }
        }

        return top ?? "/" + Top;
    }

    private static void WriteSet(ProtobufWriter written, ImageMessage set, string from, bool hasCgroup, bool ownNamespace)
    {
        written.Number(1, set.Number(1) ?? throw new ImageException(Name, "a set has no number"));
        ImageMessage? member = set.Messages(2).Find(m => m.Text(1) == string.Empty);
        if (!hasCgroup || member is null)
        {
            return;
        }

        string path = member.Text(2) ?? string.Empty;
        // What is elsewhere was criu's own at the checkpoint: what is restored starts in the container's.
        string below = IsBelow(path, from) ? path[from.Length..] : string.Empty;
        if (below.Length > 0 && !below[1..].Split('/').All(IsName))
        {
            throw new ImageException(Name, $"\"{path}\" is no cgroup");
        }

        written.Message(2, w =>
        {
            w.Text(1, string.Empty);
            w.Text(2, "/" + Top + below);
            if (ownNamespace)
            {
                w.Number(3, Top.Length + 1);
            }
        });
    }

    private static void WriteDirectory(ProtobufWriter written, ImageMessage directory, string name, bool isTop, int depth)
    {
        if (depth > Deepest)
        {
            throw new ImageException(Name, $"its cgroups are more than {Deepest} deep");
        }

        written.Text(1, name);
        foreach (ImageMessage child in directory.Messages(2))
        {
            string below = child.Text(1) ?? string.Empty;
            if (!IsName(below))
            {
                throw new ImageException(Name, $"\"{below}\" is no cgroup below another");
            }

            written.Message(2, w => WriteDirectory(w, child, below, isTop: false, depth + 1));
        }

        foreach (ImageMessage property in directory.Messages(3))
        {
            string file = property.Text(1) ?? string.Empty;
            if (!IsFile(file))
            {
                throw new ImageException(Name, $"\"{file}\" is no file of a cgroup");
            }

            if (!isTop)
            {
                written.Message(3, w => WriteProperty(w, property, file));
            }
        }

        if (!isTop && directory.Message(4) is { } permissions)
        {
            written.Message(4, w => WritePermissions(w, permissions));
        }
    }

    private static void WriteProperty(ProtobufWriter written, ImageMessage property, string file)
    {
        written.Text(1, file);
        written.Text(2, property.Text(2) ?? string.Empty);
        if (property.Message(3) is { } permissions)
        {
            written.Message(3, w => WritePermissions(w, permissions));
        }
    }

    private static void WritePermissions(ProtobufWriter written, ImageMessage permissions)
    {
        const int TypeAndRights = 0xf1ff; // no set-user-id, which means nothing there
        written.Number(1, (permissions.Number(1) ?? 0) & TypeAndRights);
        written.Number(2, permissions.Number(2) ?? 0);
        written.Number(3, permissions.Number(3) ?? 0);
    }

    private static string Below(string path, string from) =>
        path == from ? string.Empty
            : path.StartsWith(from + "/", StringComparison.Ordinal) ? path[from.Length..]
            : throw new ImageException(Name, $"\"{path}\" is not below the container's cgroup");

    private static bool IsBelow(string path, string from) => path == from || path.StartsWith(from + "/", StringComparison.Ordinal);

    private static bool IsName(string name) =>
        name is not ("" or "." or "..") && name.Length <= LongestName && !name.Contains('/', StringComparison.Ordinal) && !name.Any(char.IsControl) && !IsFile(name);

    /// <summary>Whether a name is that of a file of version 2: its controller, a dot, and plain letters.</summary>
    private static bool IsFile(string name)
    {
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && name.Length <= LongestName && Array.IndexOf(s_controllers, name[..dot]) >= 0
            && name.Skip(dot + 1).All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.');
    }
}
