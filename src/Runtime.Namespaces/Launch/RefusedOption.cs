using System.Globalization;
using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Launch;

/// <summary>
/// Which option of a mount a filesystem refuses. One that the kernel has converted to fs_context says so when it is given the
/// option; of the others (devpts before Linux 6.15, say) fsconfig(2) keeps the options and hands them all over when the
/// filesystem is made, and mount(2) always does (legacy_parse_param in fs/fs_context.c).
/// </summary>
internal static class RefusedOption
{
    /// <summary>The origin of the option that is at fault, where it can be told; otherwise the one that is given.</summary>
    public static Origin Locate(ResolvedConfig config, Origin origin, Operation operation, Errno errno)
    {
        if (errno != Errno.EINVAL || operation.Code != OperationCode.Syscall || (operation.Number != SyscallNumber.fsconfig && operation.Number != SyscallNumber.mount))
        {
            return origin;
        }

        const string Mounts = "/mounts/";
        if (!origin.Pointer.StartsWith(Mounts, StringComparison.Ordinal)
            || !int.TryParse(origin.Pointer.AsSpan(Mounts.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int mount)
            || mount >= config.Mounts.Count)
        {
            return origin;
        }

        GuestIds ids = GuestIds.Of(config);
        foreach ((int index, string option) in config.Mounts[mount].Options.Data)
        {
            if (IsUnmapped(ids, option, out _, out _) || IsSlip(option))
            {
                return Of(mount, index, option, config.Mounts[mount].Mount.Type);
            }
        }

        return origin;
    }

    /// <summary>Where an option is given to its filesystem.</summary>
    public static Origin Of(int mount, int index, string option, string? type) =>
        new(string.Create(CultureInfo.InvariantCulture, $"/mounts/{mount}/options/{index}"), $"give {option} to {type}", HintKind.Filesystem);

    /// <summary>Whether an option names a user or group that the container's user namespace does not map.</summary>
    public static bool IsUnmapped(GuestIds ids, string option, out bool isGroup, out uint id)
    {
        isGroup = option.StartsWith("gid=", StringComparison.Ordinal);
        id = 0;
        if ((!isGroup && !option.StartsWith("uid=", StringComparison.Ordinal))
            || !uint.TryParse(option.AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out id))
        {
            return false;
        }

        return (isGroup ? ids.Groups : ids.Users) is { } mappings && IdMappings.ToHost(mappings, id) is null;
    }

    /// <summary>Whether an option is several in one, or nearly one that every mount has.</summary>
    public static bool IsSlip(string option) =>
        !option.Contains('=', StringComparison.Ordinal) && (option.Contains(',', StringComparison.Ordinal) || Near(option) is not null);

    /// <summary>The option that was probably meant.</summary>
    public static string? Near(string option) => NearestName.Find(option, MountOptions.Known.ToArray(), NearestName.Slip(option));
}
