using Integration.Tests.Harness;

namespace Integration.Tests.Images;

/// <summary>Containers on images: what runs, in which namespaces, on which files, and what is left of it.</summary>
public sealed class RunImageTests : IDisposable
{
    private readonly ImageStoreFixture _store = new();
    private readonly Cctl _cctl = new();

    public RunImageTests() => BuiltImage.Load(
        _store,
        "app:1",
        """{"Cmd": ["echo", "from the image"], "Env": ["COLOUR=blue"], "WorkingDir": "/work"}""",
        BuiltImage.Busybox(_store.Directory) + "; mkdir -p data/old opaque; echo one >data/old/one; echo below >opaque/below; echo lower >file; chown -R 33:44 data",
        "mkdir -p data opaque; touch data/.wh.old opaque/.wh..wh..opq; echo upper >file; echo new >opaque/new; chown 33:44 data");

    public void Dispose()
    {
        _cctl.Dispose();
        _store.Dispose();
    }

    [Fact]
    public void The_images_command_environment_and_directory_are_the_defaults()
    {
        Assert.Equal("from the image", Run("app:1").MustSucceed().Text);
        Assert.Equal("blue /work /root", Run("app:1", "sh", "-c", "echo $COLOUR $PWD $HOME").MustSucceed().Text);
        Assert.Equal("red /tmp", Run("-e", "COLOUR=red", "-w/tmp", "app:1", "sh", "-c", "echo $COLOUR $PWD").MustSucceed().Text);
        Assert.Equal("echo said", Run("--entrypoint", "echo", "app:1", "echo", "said").MustSucceed().Text);
    }

    [Fact]
    public void Exit_statuses_are_dockers()
    {
        Run("app:1", "sh", "-c", "exit 7").MustExit(7);
        Run("app:1", "nothing-of-that-name").MustExit(127);
        Run("app:1", "/etc/passwd").MustExit(126);
        Assert.Contains("--publish: there are no bridges yet", Run("-p", "80:80", "app:1").MustExit(125).Stderr, StringComparison.Ordinal);
        Assert.Contains("no such image here", Run("--pull", "never", "other").MustExit(125).Stderr, StringComparison.Ordinal);
        AssertNothingLeft();
    }

    [Fact]
    public void Layers_whiteouts_and_opaque_directories_are_as_overlayfs_shows_them()
    {
        Assert.Equal("upper|new|", Run("app:1", "sh", "-c", "cat /file | tr '\\n' '|'; ls /opaque | tr '\\n' '|'; ls /data").MustSucceed().Text);
        Assert.Equal("33:44", Run("app:1", "stat", "-c", "%u:%g", "/data").MustSucceed().Text);
    }

    [Fact]
    public void A_container_has_ids_of_its_own_and_changes_nothing_of_its_image()
    {
        string map = Run("app:1", "sh", "-c", "echo changed >/file; chown 5:6 /file; mv /bin/busybox /bin/moved; rmdir /opaque 2>/dev/null; rm -r /opaque; mkdir /opaque; cat /proc/self/uid_map 2>/dev/null || /bin/moved cat /proc/self/uid_map").MustSucceed().Text;
        string[] fields = map.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("0", fields[0]);
        Assert.True(uint.Parse(fields[1], System.Globalization.CultureInfo.InvariantCulture) >= 0x80000, map);
        Assert.Equal("65536", fields[2]);
        Assert.Equal("upper|new", Run("app:1", "sh", "-c", "tr '\\n' '|' </file; ls /opaque").MustSucceed().Text);
        Assert.Contains("2 layers, 0 damaged", _store.Run("system", "check").MustSucceed().Stdout, StringComparison.Ordinal);
        AssertNothingLeft();
    }

    [Fact]
    public void The_hosts_user_namespace_is_had_by_its_name_only()
    {
        string own = File.ResolveLinkTarget("/proc/self/ns/user", returnFinalTarget: false)!.Name;
        Assert.NotEqual(own, Run("app:1", "readlink", "/proc/self/ns/user").MustSucceed().Text);
        Assert.Equal(own, Run("--userns", "host", "app:1", "readlink", "/proc/self/ns/user").MustSucceed().Text);
        Assert.Equal("upper|new|", Run("--userns=host", "app:1", "sh", "-c", "tr '\\n' '|' </file; ls /opaque | tr '\\n' '|'; ls /data").MustSucceed().Text);
    }

    [Fact]
    public void A_bound_directory_keeps_its_owners_whatever_the_containers_ids()
    {
        string directory = _store.Directory["volume"];
        Directory.CreateDirectory(directory);
        Run("-v", $"{directory}:/v", "app:1", "sh", "-c", "echo mine >/v/new; chown 7:8 /v/new").MustSucceed();
        Assert.Equal("7:8", Command.Run("stat", "-c", "%u:%g", directory + "/new").MustSucceed().Text);
        Assert.Contains("Read-only file system", Run("-v", $"{directory}:/v:ro", "app:1", "touch", "/v/other").MustExit(1).Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void A_container_in_the_background_is_listed_entered_stopped_and_removed_by_its_name()
    {
        string id = new Command(Harness.Cctl.Executable, Words("-d", "--name", "web", "app:1", "sleep", "1000")).Run().MustSucceed().Text;
        Assert.Equal(64, id.Length);
        Assert.Equal("web running app:1", Cctl("ps", "--format", "{{.Names}} {{.State}} {{.Image}}").MustSucceed().Text);
        Assert.Equal(id[..12], Cctl("exec", "web", "hostname").MustSucceed().Text);
        Assert.Contains("the container web stands on the image", Cctl("rmi", "app:1").MustExit(1).Stderr, StringComparison.Ordinal);
        Assert.Contains("the name \"web\" is taken", Run("--name", "web", "app:1").MustExit(125).Stderr, StringComparison.Ordinal);
        Cctl("stop", "-t", "0", id[..10]).MustSucceed();
        Assert.Equal("stopped", Cctl("ps", "-a", "--format", "{{.State}}").MustSucceed().Text);
        Cctl("rm", "web").MustSucceed();
        AssertNothingLeft();
    }

    [Fact]
    public void A_container_whose_state_is_lost_is_still_listed_and_removed()
    {
        new Command(Harness.Cctl.Executable, Words("--name", "kept", "app:1")).Run().MustSucceed();
        Directory.Delete(Directory.GetFileSystemEntries(_cctl.StateRoot).Single(), recursive: true); // as at a reboot
        Assert.Equal("kept stopped", Cctl("ps", "--all", "--format", "{{.Names}} {{.Status}}").MustSucceed().Text);
        Cctl("rm", "kept").MustSucceed();
        AssertNothingLeft();
    }

    [Fact]
    public void An_image_of_more_layers_than_fit_in_a_page_by_their_paths_runs() => RunMany(100);

    [Fact]
    [HostOnly]
    public void An_image_of_five_hundred_layers_runs() => RunMany(500);

    [Fact]
    [HostOnly]
    public void Another_state_root_neither_shows_nor_removes_a_container()
    {
        string id = new Command(Harness.Cctl.Executable, Words("-d", "--name", "web", "app:1", "sleep", "1000")).Run().MustSucceed().Text;
        string[] other = ["--root", _store.Directory["other-state"], "--store", _store.Store];
        new Command(Harness.Cctl.Executable, [.. other, "rm", "--force", "web", id[..12]]).Run().MustSucceed();
        Assert.Equal("", new Command(Harness.Cctl.Executable, [.. other, "ps", "-aq"]).Run().MustSucceed().Text);
        Assert.Equal("upper", Cctl("exec", "web", "cat", "/file").MustSucceed().Text);
        Cctl("rm", "--force", "web").MustSucceed();
        AssertNothingLeft();
    }

    private void RunMany(int layers)
    {
        BuiltImage.Load(_store, "many:1", """{"Cmd": ["cat", "/last"]}""", [BuiltImage.Busybox(_store.Directory), .. Enumerable.Range(1, layers - 1).Select(i => $"echo {i} >last; echo {i} >file{i}")]);
        Assert.Equal($"{layers - 1}", Run("many:1").MustSucceed().Text);
        Assert.Equal("50", Run("many:1", "cat", "/file50").MustSucceed().Text);
    }

    [Fact]
    public void The_image_that_cctl_carries_needs_no_registry()
    {
        Assert.Equal("0 root", Run("localhost/busybox", "sh", "-c", "echo $(id -u) $(id -un)").MustSucceed().Text);
        Assert.Contains("localhost/busybox", _store.Run("images", "--format", "{{.Repository}}").MustSucceed().Lines);
    }

    [Fact]
    public void Users_are_looked_up_as_the_layers_together_have_them()
    {
        BuiltImage.Load(_store, "users:1", """{"Cmd": ["true"]}""", BuiltImage.Busybox(_store.Directory), "mkdir -p etc usr/lib; ln -s ../usr/lib/passwd etc/passwd; echo svc:x:77:88::/srv: >usr/lib/passwd; touch etc/.wh.group");
        Assert.Equal("77 88 /srv", Run("-u", "svc", "users:1", "sh", "-c", "echo $(id -u) $(id -g) $HOME").MustSucceed().Text);
        Assert.Contains("/etc/passwd has no user \"guest\"", Run("-u", "guest", "users:1").MustExit(125).Stderr, StringComparison.Ordinal);
        Assert.Contains("--group-add: the guest's /etc/group has no group \"extra\"", Run("--group-add", "extra", "users:1").MustExit(125).Stderr, StringComparison.Ordinal);
        Assert.Equal("0 2000", Run("-u", "0:0", "--group-add", "extra", "app:1", "id", "-G").MustSucceed().Text);
    }

    [Fact]
    public void Explaining_shows_the_layers_and_makes_nothing()
    {
        string[] before = _store.Content();
        string text = Cctl("explain", "run", "--read-only", "app:1", "true").MustSucceed().Stdout;
        Assert.Contains("mount 2 layers", text, StringComparison.Ordinal);
        Assert.Contains("fsopen(\"overlay\", FSOPEN_CLOEXEC)", text, StringComparison.Ordinal);
        Assert.Equal(before, _store.Content());
    }

    [Fact]
    public void Capabilities_filter_and_masks_are_dockers_unless_privileged()
    {
        Assert.Equal("00000000a80425fb 2", Run("app:1", "awk", "/CapBnd/ {b=$2} /Seccomp:/ {s=$2} END {print b, s}", "/proc/self/status").MustSucceed().Text);
        Assert.Equal("0", Run("--privileged", "app:1", "awk", "/Seccomp:/ {print $2}", "/proc/self/status").MustSucceed().Text);
        Run("app:1", "unshare", "-m", "true").MustExit(1);
        Run("--cap-add", "sys_admin", "app:1", "unshare", "-m", "true").MustSucceed();
        Assert.Equal("0", Run("app:1", "sh", "-c", "wc -c </proc/keys").MustSucceed().Text);
    }

    [Fact]
    public void Input_reaches_the_container_only_where_it_is_asked_for()
    {
        Assert.Equal("typed", new Command(Harness.Cctl.Executable, Words("-i", "app:1", "cat")) { Input = "typed\n" }.Run().MustSucceed().Text);
        Assert.Equal("", new Command(Harness.Cctl.Executable, Words("app:1", "cat")) { Input = "typed\n" }.Run().MustSucceed().Text);
    }

    private string[] Words(params string[] words) => ["--root", _cctl.StateRoot, "--store", _store.Store, "run", .. words];

    private CommandResult Run(params string[] words) => new Command(Harness.Cctl.Executable, Words(["--rm", .. words])).Run();

    private CommandResult Cctl(params string[] words) => new Command(Harness.Cctl.Executable, ["--root", _cctl.StateRoot, "--store", _store.Store, .. words]).Run();

    private void AssertNothingLeft()
    {
        Assert.Empty(Directory.GetFileSystemEntries(_cctl.StateRoot));
        foreach (string directory in (string[])["containers", "names", "ids", "tmp"])
        {
            string path = Path.Combine(_store.Store, directory);
            Assert.True(!Directory.Exists(path) || Directory.GetFileSystemEntries(path).Length == 0, directory);
        }
    }
}
