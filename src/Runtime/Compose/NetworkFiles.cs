using System.Text;
using Runtime.Linux;

namespace Runtime.Compose;

/// <summary>The files by which a container finds names: /etc/hosts, /etc/hostname, /etc/resolv.conf.</summary>
internal static class NetworkFiles
{
    private const string Localhost = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\nff00::\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n";

    /// <summary>hosts(5): the host's own where the network is the host's, and what was added.</summary>
    public static byte[] Hosts(RunRequest request)
    {
        var text = new StringBuilder(request.Network == "host" ? FileText.TryReadString(Abi.AT_FDCWD, "/etc/hosts") ?? Localhost : Localhost);
        foreach (string entry in request.Hosts)
        {
            // NAME:ADDRESS, and since docker 26 NAME=ADDRESS.
            int at = entry.AsSpan().IndexOfAny('=', ':');
            string name = at < 0 ? "" : entry[..at];
            string address = at < 0 ? "" : entry[(at + 1)..].Trim('[', ']');
            if (name.Length == 0 || !System.Net.IPAddress.TryParse(address, out _))
            {
                throw new ContainerException($"--add-host {entry}: it is NAME:ADDRESS{(address == "host-gateway" ? "; host-gateway needs a bridge, which is not supported" : "")}");
            }

            text.Append(address).Append('\t').Append(name).Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>resolv.conf(5): the host's own, but for what was given in its place.</summary>
    public static byte[] Resolver(RunRequest request)
    {
        string[] own = (FileText.TryReadString(Abi.AT_FDCWD, "/etc/resolv.conf") ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        List<string> lines =
        [
            .. request.Dns.Count > 0 ? request.Dns.Select(Server) : own.Where(l => l.StartsWith("nameserver", StringComparison.Ordinal)),
            .. request.DnsSearch.Count > 0 ? [$"search {string.Join(' ', request.DnsSearch.Where(s => s != "."))}"] : own.Where(l => l.StartsWith("search", StringComparison.Ordinal) || l.StartsWith("domain", StringComparison.Ordinal)),
            .. request.DnsOptions.Count > 0 ? [$"options {string.Join(' ', request.DnsOptions)}"] : own.Where(l => l.StartsWith("options", StringComparison.Ordinal)),
        ];
        return Encoding.UTF8.GetBytes(string.Concat(lines.Select(l => l + "\n")));
    }

    private static string Server(string address) =>
        System.Net.IPAddress.TryParse(address, out _) ? $"nameserver {address}" : throw new ContainerException($"--dns {address}: not an IP address");
}
