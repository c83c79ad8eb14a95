using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Security.FromImage;

/// <summary>
/// A tree of the image's that is called /proc (CVE-2019-16884, CVE-2025-52881, crun CVE-2026-115521): neither do writes
/// of the runtime go there, nor does it find its own fds there.
/// </summary>
public sealed class FakeProcTests : IDisposable
{
    private readonly Cctl _cctl = new();
    private readonly TempDir _host = new();

    public FakeProcTests() => _host.WriteFile("victim", "of the host");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_only_mounts_and_paths_are_those_of_the_config(bool bound)
    {
        using Bundle bundle = Bundle.Script("for f in /x /ro/x /data/x /bind/x; do touch $f 2>/dev/null && echo written $f; done; cat /masked; echo end");
        string fake = FakeProc(bound ? bundle["proc"] : Path.Combine(bundle.Rootfs, "proc"));
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "data"));
        File.WriteAllText(Path.Combine(bundle.Rootfs, "masked"), "seen");
        bundle.With(c =>
        {
            c.Mounts!.RemoveAll(m => m.Destination == "/proc");
            if (bound)
            {
                c.Mounts.Insert(0, new() { Destination = "/proc", Type = "bind", Source = fake, Options = ["bind"] });
            }

            c.Root!.Readonly = true;
            c.Linux!.ReadonlyPaths = ["/data"];
            c.Linux.MaskedPaths = ["/masked"];
            c.Mounts.Add(new() { Destination = "/ro", Type = "tmpfs", Source = "tmpfs", Options = ["ro"] });
            c.Mounts.Add(new() { Destination = "/bind", Type = "bind", Source = _host.Path, Options = ["bind", "ro"] });
        });
        Assert.Equal(["end"], _cctl.RunBundle(bundle).MustSucceed().Lines);
        AssertHostWritable();
    }

    [Fact]
    public void Labels_scores_and_parameters_are_written_to_the_kernels_files_alone()
    {
        using Bundle bundle = Bundle.Script("hostname -f 2>/dev/null; cat /proc/self/oom_score_adj");
        FakeProc(Path.Combine(bundle.Rootfs, "proc"));
        bundle.With(c =>
        {
            c.Mounts!.RemoveAll(m => m.Destination == "/proc");
            c.Process!.OomScoreAdj = 77;
            c.Linux!.Sysctl = new() { ["kernel.domainname"] = "changed" };
        });
        string id = Cctl.NewId();
        bundle.With(c => c.Process!.Args = ["/bin/sleep", "1000"]);
        _cctl.Run("run", "--detach", "--bundle", bundle.Path, id).MustSucceed();
        Assert.Equal("77", File.ReadAllText($"/proc/{Assert.Single(Leftovers.Processes(id))}/oom_score_adj").TrimEnd());
        Assert.Equal("0", _cctl.Run("exec", id, "cat", "/proc/self/oom_score_adj").MustSucceed().Text);
        AssertHostWritable();
    }

    /// <summary>CVE-2019-19921, CVE-2023-28642: a volume, or a link of the image, where procfs is to be.</summary>
    [Fact]
    public void A_proc_that_is_a_link_to_a_volume_is_refused()
    {
        using var bundle = new Bundle("/bin/true");
        Directory.Delete(Path.Combine(bundle.Rootfs, "proc"));
        File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "proc"), "/evil");
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "evil"));
        bundle.With(c => c.Mounts!.Insert(0, new() { Destination = "/evil", Type = "bind", Source = _host.Path, Options = ["bind"] }));
        Assert.Contains("/mounts/1/destination: reach /proc", _cctl.RunBundle(bundle).MustExit(1).Stderr, StringComparison.Ordinal);
        AssertHostWritable();
    }

    /// <summary>The streams of a guest with another user stay their owner's: only a terminal of the guest's own changes hands.</summary>
    [Fact]
    public void Files_that_are_the_guests_streams_keep_their_owner()
    {
        using Bundle bundle = Bundle.Script("id -u").With(c => c.Process!.User = new() { Uid = 1000, Gid = 1000 });
        string output = _host.WriteFile("output", "");
        Command.Run("sh", "-c", $"exec {Cctl.Executable} --root {_cctl.StateRoot} run --bundle {bundle.Path} {Cctl.NewId()} <{_host["victim"]} >{output} 2>&1").MustSucceed();
        Assert.Equal("1000\n", File.ReadAllText(output));
        Assert.Equal(["0:0", "0:0"], Command.Run("stat", "-c", "%u:%g", output, _host["victim"]).MustSucceed().Lines);
    }

    public void Dispose()
    {
        _cctl.Dispose();
        _host.Dispose();
    }

    private string FakeProc(string directory)
    {
        Directory.CreateDirectory(Path.Combine(directory, "self/fd"));
        Directory.CreateDirectory(Path.Combine(directory, "sys/kernel"));
        for (int fd = 0; fd < 64; fd++)
        {
            File.CreateSymbolicLink(Path.Combine(directory, $"self/fd/{fd}"), fd % 2 == 0 ? _host.Path : "/");
        }

        File.CreateSymbolicLink(Path.Combine(directory, "thread-self"), "self");
        Directory.CreateDirectory(Path.Combine(directory, "self/attr/apparmor"));
        foreach (string file in (string[])["self/attr/exec", "self/attr/apparmor/exec", "self/oom_score_adj", "sys/kernel/domainname", "sys/kernel/hostname"])
        {
            File.WriteAllText(Path.Combine(directory, file), "0\n");
        }

        return directory;
    }

    private void AssertHostWritable()
    {
        Assert.Equal("of the host", File.ReadAllText(_host["victim"]));
        Assert.Empty(_host.Mounts());
        File.WriteAllText(_host["still"], "writable");
        File.Delete(_host["still"]);
    }
}
