using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Resolution;

namespace Runtime.Checkpoint;

/// <summary>What checkpoint and restore both require, and how their failures read.</summary>
internal static class CheckpointSupport
{
    private const string ConfigAnnotation = "org.criu.config";

    /// <summary>criu needs the host's root: capabilities over the host's own namespaces.</summary>
    public static void Require(bool rootless)
    {
        if (rootless || Sys.GetEuid() != 0)
        {
            throw new ContainerException("checkpoint and restore need the host's root: criu cannot work with less");
        }
    }

    /// <summary>criu restores a mount namespace or leaves the host's alone; a guest in somebody else's is neither.</summary>
    public static void RequireOwnMounts(RuntimeConfig config)
    {
        if (!NamespaceSet.Of(config).Makes(Abi.CLONE_NEWNS))
        {
            throw new ContainerException("/linux/namespaces: checkpoint and restore need a mount namespace of the container's own");
        }

        if (config.Linux?.Namespaces?.Find(n => n.Type is "user" or "time" or "cgroup" && !string.IsNullOrEmpty(n.Path)) is { } joined)
        {
            throw new ContainerException($"/linux/namespaces: checkpoint and restore cannot join the {joined.Type} namespace {joined.Path}: network, pid, ipc and uts can be joined");
        }
    }

    /// <summary>A profile or context of a security module that does not run would have criu fail without a reason, or nothing happen.</summary>
    /// <exception cref="ContainerException">The option names no module, or one that is off.</exception>
    public static void RequireSecurityModule(CriuSwitches criu)
    {
        if (criu.LsmProfile is string profile)
        {
            bool isSelinux = profile.StartsWith("selinux:", StringComparison.Ordinal);
            if (!isSelinux && !profile.StartsWith("apparmor:", StringComparison.Ordinal))
            {
                throw new ContainerException($"--lsm-profile {profile}: neither apparmor:NAME nor selinux:LABEL");
            }

            if (!(isSelinux ? HasSelinux() : HasApparmor()))
            {
                throw new ContainerException($"--lsm-profile {profile}: {(isSelinux ? "SELinux" : "AppArmor")} is not enabled on this kernel");
            }
        }

        if (criu.LsmMountContext is string context && !HasSelinux())
        {
            throw new ContainerException($"--lsm-mount-context {context}: SELinux is not enabled on this kernel, and no other module has contexts of mounts");
        }
    }

    /// <summary>The configuration file for criu that the bundle's annotation names, as runc has it; null for none.</summary>
    public static string? ConfigFile(RuntimeConfig config) =>
        config.Annotations is { } annotations && annotations.TryGetValue(ConfigAnnotation, out string? file) && file.Length > 0 ? file : null;

    /// <summary>The exception for what criu could not do: its own first error, and where the rest is.</summary>
    public static ContainerException Failure(string what, CriuReply? reply, Fd work, string logName, string logPath)
    {
        string? error = CriuLog.FirstError(work.Number, logName);
        string errno = reply is { Errno: > 0 } failed ? $": {((Errno)failed.Errno).Name()}" : string.Empty;
        string why = error ?? (reply is null ? "criu ended without an answer" : "criu does not say why");
        return new ContainerException($"{what}: criu{errno}: {why}: the whole log is {logPath}");
    }

    private static bool HasApparmor() => FileText.TryReadString(Abi.AT_FDCWD, "/sys/module/apparmor/parameters/enabled")?.StartsWith('Y') == true;

    private static bool HasSelinux() => FileText.TryReadString(Abi.AT_FDCWD, "/proc/filesystems")?.Contains("\tselinuxfs\n", StringComparison.Ordinal) == true;
}
