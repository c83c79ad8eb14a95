using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Security.FromAuthor;

/// <summary>
/// A config names the host's own namespace by a path, and asks for a kernel parameter or a name of it. The host is a private
/// one with namespaces of its own.
/// </summary>
public sealed class HostNamespaceTests : IDisposable
{
    private readonly Attack _attack = new();
    private readonly PrivateHost _host = new("hostname private && touch /dev/network /dev/ipc /dev/uts && mount --bind /proc/self/ns/net /dev/network && mount --bind /proc/self/ns/ipc /dev/ipc && mount --bind /proc/self/ns/uts /dev/uts", "-n", "-i", "-u");

    /// <summary>The namespace, what the config asks for, and the ways to name the namespace: {0} is a process in it.</summary>
    public static MatrixTheoryData<string, string> Ways => new(
        ["network net.ipv4.ip_forward 1", "network net/ipv4/ip_forward 1", "ipc kernel.shmmax 4096", "ipc fs.mqueue.queues_max 7", "uts kernel.domainname taken", "uts hostname taken", "uts domainname taken"],
        ["/proc/self/ns/{1}", "/proc/thread-self/ns/{1}", "/proc/{0}/ns/{1}", "/dev/{2}"]);

    [Theory]
    [MemberData(nameof(Ways))]
    public void What_is_the_hosts_stays_as_it_is_by_whatever_path_its_namespace_is_joined(string asked, string way)
    {
        string[] words = asked.Split(' ');
        string before = Parameters(_host);
        Bundle bundle = Joining(words[0], string.Format(null, way, _host.Pid, words[0] == "network" ? "net" : words[0], words[0]));
        _host.Command(Cctl.Executable, "--root", _attack.Cctl.StateRoot, "run", "--bundle", bundle.Path, Cctl.NewId()).Run().MustSucceed(); // to join it is no crime
        bundle.With(c => Ask(c, words[1], words[2]));
        CommandResult result = _host.Command(Cctl.Executable, "--root", _attack.Cctl.StateRoot, "run", "--bundle", bundle.Path, Cctl.NewId()).Run();
        Assert.Equal(before, Parameters(_host));
        Assert.Contains(words[1].Contains("name", StringComparison.Ordinal) && !words[1].Contains('.', StringComparison.Ordinal) ? "/" + words[1] : "/linux/sysctl", result.MustExit(1).Stderr, StringComparison.Ordinal);
    }

    /// <summary>A pod's: made by somebody else, for guests.</summary>
    [Theory]
    [InlineData("network", "net.ipv4.ip_forward", "1")]
    [InlineData("ipc", "kernel.shmmax", "4096")]
    [InlineData("uts", "hostname", "taken")]
    public void In_a_namespace_that_is_not_the_runtimes_they_are_set(string kind, string name, string value)
    {
        using var pod = new PrivateHost("true", "-n", "-i", "-u");
        string before = Parameters(_host);
        Bundle bundle = Attack.Join(_attack.Guest("true"), kind, pod.Pid).With(c => Ask(c, name, value));
        _host.Command(Cctl.Executable, "--root", _attack.Cctl.StateRoot, "run", "--bundle", bundle.Path, Cctl.NewId()).Run().MustSucceed();
        Assert.Contains(value, Parameters(pod).Split('\n'));
        Assert.Equal(before, Parameters(_host));
    }

    public void Dispose()
    {
        _attack.Dispose();
        _host.Dispose();
    }

    private static string Parameters(PrivateHost host) =>
        host.Shell("cd /proc/sys && cat net/ipv4/ip_forward kernel/shmmax fs/mqueue/queues_max kernel/domainname kernel/hostname").MustSucceed().Text;

    private static void Ask(RuntimeConfig config, string name, string value)
    {
        switch (name)
        {
            case "hostname":
                config.Hostname = value;
                break;
            case "domainname":
                config.Domainname = value;
                break;
            default:
                config.Linux!.Sysctl = new() { [name] = value };
                break;
        }
    }

    private Bundle Joining(string kind, string path) => Attack.Join(_attack.Guest("true"), kind, path).With(c => c.Hostname = kind == "uts" ? null : c.Hostname);
}
