using System.Globalization;
using System.Text;

namespace Runtime.Images.Store;

/// <summary>What was noted of a layer when it was unpacked.</summary>
public sealed record LayerInfo
{
    /// <summary>Bytes of its archive.</summary>
    public required long ArchiveBytes { get; init; }

    /// <summary>Bytes of its files, holes counted.</summary>
    public required long FileBytes { get; init; }

    /// <summary>Whether overlayfs's marks in it are a user namespace's.</summary>
    public required bool UserXattrs { get; init; }

    internal byte[] Write() => Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"archive {ArchiveBytes}\nfiles {FileBytes}\nxattrs {(UserXattrs ? "user" : "trusted")}\n"));

    internal static LayerInfo? Parse(string text)
    {
        Dictionary<string, string> lines = [];
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space < 1)
            {
                return null;
            }

            lines[line[..space]] = line[(space + 1)..];
        }

        return lines.TryGetValue("archive", out string? archive) && long.TryParse(archive, NumberStyles.None, CultureInfo.InvariantCulture, out long archiveBytes)
            && lines.TryGetValue("files", out string? files) && long.TryParse(files, NumberStyles.None, CultureInfo.InvariantCulture, out long fileBytes)
            ? new LayerInfo { ArchiveBytes = archiveBytes, FileBytes = fileBytes, UserXattrs = lines.GetValueOrDefault("xattrs") == "user" }
            : null;
    }
}
