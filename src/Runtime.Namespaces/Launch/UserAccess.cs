using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Launch;

/// <summary>Why the process's user may not execute a file: what the permissions on the way to it say (path_resolution(7)).</summary>
internal static class UserAccess
{
    /// <summary>The first directory that the user may not search, or the file that he may not execute; null where permissions are not the reason.</summary>
    /// <param name="config">The config, with the process.</param>
    /// <param name="root">The guest's root on the host.</param>
    /// <param name="path">The file, as messages name it.</param>
    /// <param name="file">The file, open.</param>
    public static string? Refusal(ResolvedConfig config, string root, string path, Fd file)
    {
        ProcessSpec process = config.Config.Process!;
        List<string> capabilities = process.Capabilities?.Effective ?? [];
        if (capabilities.Contains("CAP_DAC_OVERRIDE"))
        {
            return null;
        }

        GuestIds ids = GuestIds.Of(config);
        uint uid = process.User?.Uid ?? 0;
        List<uint> groups = [process.User?.Gid ?? 0, .. process.User?.AdditionalGids ?? []];
        if (!capabilities.Contains("CAP_DAC_READ_SEARCH"))
        {
            foreach (string directory in Directories(root, file))
            {
                if (!May(root + directory, ids, uid, groups, out string owner))
                {
                    return $"uid {uid} may not search {(directory.Length == 0 ? "the root directory" : directory)} ({owner}): chmod a+x, or another user";
                }
            }
        }

        return May($"/proc/self/fd/{file.Number}", ids, uid, groups, out string belongs) ? null : $"uid {uid} may not execute {path} ({belongs}): chmod a+x, or another user";
    }

    // The file's own path, behind all links, as the kernel has it.
    private static List<string> Directories(string root, Fd file)
    {
        var directories = new List<string>();
        using Fd? top = RootView.Open(root);
        if (top is not null && PathOf(top) is { } above && PathOf(file) is { } path && path.StartsWith(above + "/", StringComparison.Ordinal))
        {
            path = path[above.Length..];
            for (int slash = 0; slash >= 0; slash = path.IndexOf('/', slash + 1))
            {
                directories.Add(path[..slash]);
            }
        }

        return directories;
    }

    private static string? PathOf(Fd place) => Sys.TryReadLinkAt(AT_FDCWD, $"/proc/self/fd/{place.Number}")?.TrimEnd('/');

    private static bool May(string place, GuestIds ids, uint uid, List<uint> groups, out string owner)
    {
        owner = string.Empty;
        if (ids.Users is null || ids.Groups is null || Sys.TryStatx(AT_FDCWD, place, 0, out statx status) != Errno.OK)
        {
            return true; // as far as is known
        }

        owner = $"mode {Convert.ToString(status.stx_mode & 0b111_111_111_111, 8).PadLeft(4, '0')}, owner {status.stx_uid}:{status.stx_gid}{(ids.IsMade ? " on the host" : string.Empty)}";
        int shift = IdMappings.ToHost(ids.Users, uid) == status.stx_uid ? 6
            : groups.Exists(g => IdMappings.ToHost(ids.Groups, g) == status.stx_gid) ? 3
            : 0;
        return ((status.stx_mode >> shift) & 1) != 0;
    }
}
