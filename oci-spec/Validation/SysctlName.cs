namespace OciSpec;

/// <summary>Names of kernel parameters, sysctl(8): separated by dots or by slashes, whichever comes first.</summary>
public static class SysctlName
{
    /// <summary>
    /// The path below /proc/sys of a parameter: <c>net.ipv4.conf.eth0/1.mtu</c> and <c>net/ipv4/conf/eth0.1/mtu</c> both give
    /// <c>net/ipv4/conf/eth0.1/mtu</c>; null when a component is empty, <c>.</c> or <c>..</c>, which would leave the directory.
    /// </summary>
    public static string? ToPath(string name)
    {
        int separator = name.AsSpan().IndexOfAny('.', '/');
        string path = separator >= 0 && name[separator] == '.'
            ? string.Create(name.Length, name, static (span, from) =>
            {
                for (int i = 0; i < span.Length; i++)
                {
                    span[i] = from[i] switch { '.' => '/', '/' => '.', char c => c };
                }
            })
            : name;
        foreach (Range part in path.AsSpan().Split('/'))
        {
            if (path.AsSpan(part) is "" or "." or "..")
            {
                return null;
            }
        }

        return path;
    }

    /// <summary>
    /// Type of the namespace that has the parameter for itself (ipc_namespaces(7), network_namespaces(7),
    /// uts_namespaces(7), namespaces(7)); null when the whole host shares it.
    /// </summary>
    /// <param name="path">Path below /proc/sys, as <see cref="ToPath"/> gives it.</param>
    public static string? NamespaceOf(string path)
    {
        if (path.StartsWith("net/", StringComparison.Ordinal))
        {
            return "network";
        }

        if (path.StartsWith("fs/mqueue/", StringComparison.Ordinal))
        {
            return "ipc";
        }

        if (path.StartsWith("user/", StringComparison.Ordinal))
        {
            return "user";
        }

        return path switch
        {
            "kernel/hostname" or "kernel/domainname" => "uts",
            "kernel/sem" or "kernel/shmall" or "kernel/shmmax" or "kernel/shmmni" or "kernel/shm_rmid_forced" or "kernel/msgmax"
                or "kernel/msgmnb" or "kernel/msgmni" or "kernel/sem_next_id" or "kernel/shm_next_id" or "kernel/msg_next_id"
                or "kernel/auto_msgmni" => "ipc",
            _ => null,
        };
    }
}
