using System.Globalization;
using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Security.FromAuthor;

/// <summary>tmpcopyup is work that a configuration asks for: it is done at the guest's expense and within its limits.</summary>
public sealed class CopyUpTests : IDisposable
{
    private readonly Cctl _cctl = new();
    private readonly string _id = Cctl.NewId();

    public void Dispose() => _cctl.Dispose();

    [Fact]
    public void Holes_of_a_file_stay_holes()
    {
        using Bundle bundle = CopyUp("cd /data; stat -c '%n %s %b' holes; tail -c 3 end; head -c 4 start; dd if=middle bs=1M skip=500 count=1 2>/dev/null | head -c 6; stat -c '%s' middle");
        Command.Run("sh", "-ec", $"""
            cd {bundle.Rootfs}/data; truncate -s 300G holes
            truncate -s 1G end; printf end | dd of=end bs=1 seek=1073741821 conv=notrunc 2>/dev/null
            printf head >start; truncate -s 1G start
            truncate -s 1G middle; printf middle | dd of=middle bs=1M seek=500 conv=notrunc 2>/dev/null
            """).MustSucceed();
        Assert.Equal(["holes 322122547200 0", "endheadmiddle1073741824"], _cctl.RunBundle(bundle).MustSucceed().Lines);
    }

    [Fact]
    public void Names_that_are_no_text_come_along()
    {
        using Bundle bundle = CopyUp("cd /data; cat \"$(printf 'd\\377/f\\200')\"; readlink \"$(printf 'l\\377')\"");
        Command.Run("sh", "-ec", $"cd {bundle.Rootfs}/data; mkdir \"$(printf 'd\\377')\"; echo content >\"$(printf 'd\\377/f\\200')\"; ln -s target \"$(printf 'l\\377')\"").MustSucceed();
        try
        {
            Assert.Equal(["content", "target"], _cctl.RunBundle(bundle).MustSucceed().Lines);
        }
        finally
        {
            // .NET cannot name them to remove them.
            Command.Run("rm", "-rf", bundle.Rootfs + "/data").MustSucceed();
        }
    }

    [Fact]
    public void The_copying_happens_in_the_containers_cgroup_and_ends_with_the_runtime()
    {
        using Bundle bundle = CopyUp("true");

        // Long enough to be watched: many names of one file.
        Command.Run("perl", "-e", "chdir shift; open F, '>file'; print F 'x' x 3000; close F; link 'file', \"f$_\" for 1..40000", bundle.Rootfs + "/data").MustSucceed();
        using RunningCommand runtime = _cctl.Command("run", "--bundle", bundle.Path, _id).Start();
        int copier = 0;
        Eventually.True(() => (copier = CopierOf(runtime.Pid)) > 0 && InCgroup(copier), Place.Deadline(20), () => $"no copier in the container's cgroup: {copier}\n{runtime.Stderr}", everyMilliseconds: 1);
        runtime.Signal(9);
        runtime.Wait(Place.Deadline(5));
        Eventually.True(() => !IsAlive(copier), Place.Deadline(5), () => $"copier {copier} is left");
        _cctl.Run("delete", "--force", _id).MustSucceed();
        Leftovers.AssertNone(_cctl.StateRoot, _id, bundle.Path, "after the runtime was killed");
    }

    [Theory]
    [InlineData("cgroupfs")]
    [InlineData("systemd")]
    [VmOnly]
    public void What_does_not_fit_into_the_guests_memory_is_one_error_at_the_mount(string manager)
    {
        using Bundle bundle = CopyUp("true").With(c => c.Linux!.Resources = new() { Memory = new() { Limit = 32 << 20, Swap = 32 << 20 } });
        Command.Run("dd", "if=/dev/zero", $"of={bundle.Rootfs}/data/large", "bs=1M", "count=150").MustSucceed();
        CommandResult result = Run(bundle, manager).MustExit(1);
        string pointer = $"/mounts/{bundle.Config.Mounts!.Count - 1}/options: tmpcopyup: ";
        Assert.Contains(pointer, result.Stderr, StringComparison.Ordinal);
        Assert.Contains("memory", result.Stderr, StringComparison.Ordinal);
        Assert.Single(result.Stderr.TrimEnd('\n').Split('\n'));
        Leftovers.AssertNone(_cctl.StateRoot, _id, bundle.Path, "after a copy that did not fit");
    }

    [Theory]
    [InlineData("cgroupfs")]
    [InlineData("systemd")]
    [VmOnly]
    public void What_fits_is_copied_and_charged_even_where_one_process_is_all_that_is_allowed(string manager)
    {
        using Bundle bundle = CopyUp("read a </sys/fs/cgroup/memory.current; echo $a; read b <data/small; echo $b").With(c =>
            c.Linux!.Resources = new() { Memory = new() { Limit = 64 << 20, Swap = 64 << 20 }, Pids = new() { Limit = 1 } });
        File.WriteAllText(bundle.Rootfs + "/data/small", "copied\n");
        Command.Run("dd", "if=/dev/zero", $"of={bundle.Rootfs}/data/large", "bs=1M", "count=20").MustSucceed();
        string[] lines = Run(bundle, manager).MustSucceed().Lines;
        Assert.True(long.Parse(lines[0], CultureInfo.InvariantCulture) > 20 << 20, lines[0]);
        Assert.Equal("copied", lines[1]);
    }

    private CommandResult Run(Bundle bundle, string manager) =>
        _cctl.Run(manager == "systemd" ? ["--systemd-cgroup", "run", "--bundle", bundle.Path, _id] : ["run", "--bundle", bundle.Path, _id]);

    private static Bundle CopyUp(string script)
    {
        Bundle bundle = Bundle.Script(script).With(c => c.Mounts!.Add(new Mount { Destination = "/data", Type = "tmpfs", Source = "tmpfs", Options = ["tmpcopyup"] }));
        Directory.CreateDirectory(bundle.Rootfs + "/data");
        return bundle;
    }

    private static int CopierOf(int runtime)
    {
        foreach (string child in Read($"/proc/{runtime}/task/{runtime}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Read($"/proc/{child}/cmdline").Contains("\0copy-up\0", StringComparison.Ordinal))
            {
                return int.Parse(child, CultureInfo.InvariantCulture);
            }
        }

        return 0;
    }

    private bool InCgroup(int pid) => Read($"/proc/{pid}/cgroup").Contains(_id, StringComparison.Ordinal);

    private static bool IsAlive(int pid) => Read($"/proc/{pid}/stat") is { Length: > 0 } stat && stat[(stat.LastIndexOf(')') + 2)..] is not ['Z' or 'X', ..];

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return string.Empty; // The process has ended.
        }
    }
}
