using System.Globalization;
using Integration.Tests.Harness;

namespace Integration.Tests.Security;

/// <summary>
/// A host that an attack may harm: a mount namespace of its own whose /dev is a tmpfs with nodes of its own, and further
/// namespaces on request. The machine sees nothing of what happens there, and it ends with the test.
/// </summary>
internal sealed class PrivateHost : IDisposable
{
    private const string MakeDev = """
        mount -t tmpfs -o mode=755 tmpfs /dev && mkdir /dev/pts /dev/shm &&
        mknod -m 666 /dev/null c 1 3 && mknod -m 666 /dev/zero c 1 5 && mknod -m 666 /dev/full c 1 7 &&
        mknod -m 666 /dev/random c 1 8 && mknod -m 666 /dev/urandom c 1 9 && mknod -m 666 /dev/tty c 5 0 &&
        mount -t devpts -o newinstance,ptmxmode=666 devpts /dev/pts && ln -s pts/ptmx /dev/ptmx && ln -s /proc/self/fd /dev/fd &&
        touch -d @1000000000 /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty
        """;

    private static readonly string[] s_nodes = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"];
    private readonly RunningCommand _holder;
    private readonly string[] _namespaces;

    /// <summary>Makes it. <paramref name="namespaces"/> are further options of unshare(1) and nsenter(1): -n, -i, -u.</summary>
    public PrivateHost(string prepare = "true", params string[] namespaces)
    {
        _namespaces = ["-m", .. namespaces];
        _holder = new Command("unshare", [.. _namespaces, "--propagation", "private", "sh", "-c", $"{MakeDev} && {prepare} && echo ready && exec sleep 100000"]).Start();
        _holder.WaitForOutput("ready", Place.Deadline(10));
    }

    /// <summary>A process in it.</summary>
    public int Pid => _holder.Pid;

    /// <summary>A command that runs there.</summary>
    public Command Command(params string[] arguments) => new("nsenter", ["-t", Pid.ToString(CultureInfo.InvariantCulture), .. _namespaces, "--", .. arguments]);

    /// <summary>A shell script that runs there, with $0, $1 and so on.</summary>
    public CommandResult Shell(string script, params string[] arguments) => Command(["/bin/sh", "-c", script, .. arguments]).Run();

    /// <summary>Owner, mode and times of its devices, one a line: the same before and after an attack.</summary>
    public string Devices() => Command(["stat", "-c", "%n %a %u:%g %Y %Z", .. s_nodes]).Run().MustSucceed().Text;

    public void Dispose() => _holder.Dispose();
}
