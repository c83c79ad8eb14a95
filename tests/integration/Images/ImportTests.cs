using Integration.Tests.Harness;

namespace Integration.Tests.Images;

/// <summary>Trees that GNU tar archives come out of a layer as they were, entry by entry.</summary>
[HostOnly]
public sealed class ImportTests : IDisposable
{
    // Everything that an archive can hold: ids beyond 31 bits, attributes with NULs, holes, devices, names that are long or not UTF-8.
    private const string MakeTree = """
        set -e
        mkdir -p "$1/dir/deep" "$1/closed"; cd "$1"
        printf content > dir/file; ln dir/file dir/hard; ln -s dir/file link; ln -s /absolute/nowhere dir/deep/dangling
        mkfifo pipe; mknod null c 1 3; mknod loop b 7 200
        printf 'x%.0s' $(seq 1 100000) > large
        truncate -s 50M sparse; printf middle | dd of=sparse bs=1 seek=20000000 conv=notrunc status=none; printf end | dd of=sparse bs=1 seek=52428797 conv=notrunc status=none
        long=$(printf 'n%.0s' $(seq 1 200)); mkdir -p "$long/$long"; printf long > "$long/$long/$long"
        printf bytes > "$(printf 'latin\351')"
        printf cap > cap; setcap cap_net_raw+ep cap; setfattr -n user.test -v 0x00ff0a41 cap; setfattr -n user.dir -v x closed
        printf suid > suid; chown 4000000000:3000000000 suid; chmod 6755 suid; chmod 1777 dir; chmod 0500 closed
        chown -h 7:8 link; chown 12:13 dir/deep
        touch -d '2001-02-03 04:05:06.123456789' dir/file closed; touch -h -d '1969-12-31 23:59:58.5' link; touch -d '2100-01-01' pipe
        """;

    private readonly ImageStoreFixture _store = new();

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData("pax", "gzip", "--sparse")]
    [InlineData("pax", "zstd", "--sparse --sparse-version=0.0")]
    [InlineData("pax", "cat", "--sparse --sparse-version=0.1")]
    [InlineData("gnu", "gzip", "--sparse")]
    [InlineData("gnu", "cat", "")]
    public void A_tree_comes_back_as_it_was(string format, string compressor, string options)
    {
        string tree = _store.Directory["tree"];
        Command.Run("bash", "-c", MakeTree, "-", tree).MustSucceed();
        string attributes = format == "pax" ? "--xattrs --xattrs-include='*'" : "";
        string archive = _store.Directory["tree.tar"];
        Command.Run("bash", "-c", $"set -o pipefail; tar --format={format} {options} {attributes} --numeric-owner -C \"$1\" -c . | {compressor} > \"$2\"", "-", tree, archive).MustSucceed();
        _store.Run("import", archive, "tree:1").MustSucceed();
        bool pax = format == "pax";
        Assert.Equal(Expected(tree, pax), TreeListing.Of(_store.FilesOf("tree:1"), times: pax));
        Assert.Contains("1 layers, 0 damaged", _store.Run("system", "check").MustSucceed().Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_comes_back_as_it_was_without_what_is_mounted_there()
    {
        string tree = _store.Directory["tree"];
        Command.Run("bash", "-c", MakeTree, "-", tree).MustSucceed();
        _store.Run("import", tree, "tree:1").MustSucceed();
        Assert.Equal(TreeListing.Of(tree), TreeListing.Of(_store.FilesOf("tree:1")));
        Assert.Equal("1 layers, 0 damaged\n", _store.Run("system", "check").MustSucceed().Stdout);
        string blocks = Command.Run("stat", "-c", "%b", _store.FilesOf("tree:1") + "/sparse").MustSucceed().Text;
        Assert.True(int.Parse(blocks, System.Globalization.CultureInfo.InvariantCulture) < 1000, blocks);
        Command.Run("bash", "-c", "mkdir \"$1/tree/mounted\" && mount -t tmpfs tmpfs \"$1/tree/mounted\" && touch \"$1/tree/mounted/file\"", "-", _store.Directory.Path).MustSucceed();
        try
        {
            string id = _store.Run("pull", "dir:" + tree).MustSucceed().Text;
            Assert.Empty(Directory.GetFileSystemEntries(_store.FilesOf(id) + "/mounted"));
        }
        finally
        {
            Command.Run("umount", tree + "/mounted").MustSucceed();
        }
    }

    [Fact]
    public void A_directory_with_a_whiteouts_name_is_refused()
    {
        _store.Directory.WriteFile("tree/.wh.file", "");
        Assert.Contains("\"./.wh.file\": a layer has names that begin with .wh.", _store.Run("import", _store.Directory["tree"], "tree").MustExit(1).Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sparse_file_stays_sparse()
    {
        string tree = _store.Directory["tree"];
        Command.Run("bash", "-c", MakeTree, "-", tree).MustSucceed();
        Command.Run("bash", "-c", "tar --sparse -C \"$1\" -c sparse > \"$2\"", "-", tree, _store.Directory["s.tar"]).MustSucceed();
        _store.Run("import", _store.Directory["s.tar"], "sparse").MustSucceed();
        string blocks = Command.Run("stat", "-c", "%b", _store.FilesOf("sparse") + "/sparse").MustSucceed().Text;
        Assert.True(int.Parse(blocks, System.Globalization.CultureInfo.InvariantCulture) < 1000, blocks);
    }

    [Fact]
    public void Standard_input_and_a_dockerfiles_instructions_are_taken()
    {
        string archive = _store.Directory["a.tar"];
        Command.Run("bash", "-c", "printf x > \"$1/f\" && tar -C \"$1\" -cf \"$2\" f", "-", _store.Directory.Path, archive).MustSucceed();
        Command.Run("bash", "-c", $"cat \"$1\" | {Cctl.Executable} import --store \"$2\" -c 'CMD [\"sh\", \"-c\", \"echo hi\"]' -c 'ENV A=b c' -c 'EXPOSE 80 53/udp' -c 'LABEL k=v' -c 'USER 7:8' -c 'WORKDIR /w' -c 'ENTRYPOINT run me' -m note - app:2", "-", archive, _store.Store).MustSucceed();
        string config = _store.Run("inspect", "-f", "{{json .Config}}", "app:2").MustSucceed().Text;
        Assert.Equal(
            """{"User":"7:8","ExposedPorts":{"80/tcp":{},"53/udp":{}},"Env":["A=b c"],"Entrypoint":["/bin/sh","-c","run me"],"Cmd":["sh","-c","echo hi"],"WorkingDir":"/w","Labels":{"k":"v"}}""",
            config.Replace("\": ", "\":", StringComparison.Ordinal).Replace(", \"", ",\"", StringComparison.Ordinal));
        Assert.Contains("note", _store.Run("history", "app:2").MustSucceed().Stdout, StringComparison.Ordinal);
    }

    // GNU's own format has neither attributes nor fractions of a second.
    private static string[] Expected(string tree, bool pax) => pax ? TreeListing.Of(tree)
        : [.. TreeListing.Of(tree, times: false).Select(l => System.Text.RegularExpressions.Regex.Replace(l, " (security|user)\\.[^ ]*", ""))];
}
