using Runtime.Linux;

namespace Runtime.Cgroups.Limits;

/// <summary>A file's value before an update, in the form in which it can be written back.</summary>
/// <param name="File">The file.</param>
/// <param name="Value">What to write.</param>
internal sealed record SavedValue(string File, string Value)
{
    /// <summary>Reads what <paramref name="write"/> is about to change; null where it cannot be read.</summary>
    public static SavedValue? Read(int dirfd, CgroupWrite write) =>
        CgroupFile.ReadText(dirfd, write.File) is { } text ? new SavedValue(write.File, Earlier(write, text)) : null;

    /// <summary>Writes the values back, the last first; those that depend on one another get a second chance.</summary>
    public static void Restore(int dirfd, List<SavedValue> saved)
    {
        for (int round = 0; round < 2; round++)
        {
            for (int i = saved.Count - 1; i >= 0; i--)
            {
                CgroupFile.TryWrite(dirfd, saved[i].File, saved[i].Value);
            }
        }
    }

    /// <summary>
    /// The earlier value out of the file's text. Files with a line for each device: the line of the device that is
    /// written, and the default where it has none.
    /// </summary>
    internal static string Earlier(CgroupWrite write, string text)
    {
        if (DefaultOf(write.File) is not { } none)
        {
            return text.Length == 0 ? "\n" : text; // An empty write is none; a newline empties a cpuset.
        }

        int space = write.Value.IndexOf(' ');
        string key = space < 0 ? "default" : write.Value[..space];
        foreach (Range line in text.AsSpan().Split('\n'))
        {
            ReadOnlySpan<char> entry = text.AsSpan()[line];
            if (entry.StartsWith(key) && entry.Length > key.Length && entry[key.Length] == ' ')
            {
                return text[line];
            }
        }

        return key == "default" ? text : string.Concat(key, " ", none);
    }

    private static string? DefaultOf(string file) => file switch
    {
        "io.max" => "rbps=max wbps=max riops=max wiops=max",
        "io.weight" or "io.bfq.weight" => "default",
        "io.latency" => "target=max",
        "rdma.max" => "hca_handle=max hca_object=max",
        "misc.max" or "dmem.max" => "max",
        "dmem.min" or "dmem.low" => "0",
        _ => null,
    };
}
