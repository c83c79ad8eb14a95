using Integration.Tests.Harness;

namespace Integration.Tests.Checkpoint;

/// <summary>Standard streams and terminals of restored guests: they are the restorer's, whatever they were before.</summary>
[VmOnly]
public sealed class StreamTests
{
    [Fact]
    public void Dev_null_a_file_and_a_pipe_take_each_others_place()
    {
        using var test = new CheckpointFixture(Bundle.Script("i=0; while :; do i=$((i+1)); echo out $i; echo err $i >&2; echo $i >/count; sleep 0.1; done"));
        test.Shell($"$CCTL run --detach --bundle {test.Bundle.Path} {test.Id} </dev/null >/dev/null 2>/dev/null").MustSucceed();
        Counts(test);

        test.Checkpoint("1").MustSucceed();
        test.Shell($"umask 077; $CCTL restore --detach --bundle {test.Bundle.Path} --image-path {test.Folder["1"]} {test.Id} </dev/null >{test.Folder["out"]} 2>{test.Folder["err"]}").MustSucceed();
        WaitForText(test, "out", "out ");
        WaitForText(test, "err", "err ");
        Assert.DoesNotContain("err", File.ReadAllText(test.Folder["out"]), StringComparison.Ordinal);

        test.Checkpoint("2").MustSucceed();
        string before = File.ReadAllText(test.Folder["out"]);
        test.RestoreTo("2", "</dev/null >/dev/null").MustSucceed();
        Counts(test);
        Assert.Equal(before, File.ReadAllText(test.Folder["out"]));

        test.Checkpoint("3").MustSucceed();
        test.RestoreTo("3", $"</dev/null >>{test.Folder["out"]}").MustSucceed();
        Eventually.True(() => File.ReadAllText(test.Folder["out"]).Length > before.Length + 10, Place.Deadline(5), () => "nothing is appended");
        Assert.StartsWith(before, File.ReadAllText(test.Folder["out"]), StringComparison.Ordinal);

        test.Checkpoint("4").MustSucceed();
        test.Shell($"{{ $CCTL restore --detach --bundle {test.Bundle.Path} --image-path {test.Folder["4"]} {test.Id} </dev/null 2>{test.Folder["err4"]}; }} | {{ head -n 1; cat >/dev/null & }} >{test.Folder["piped"]}").MustSucceed();
        Assert.StartsWith("out ", File.ReadAllText(test.Folder["piped"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_restored_terminal_comes_to_the_console_socket_and_is_the_guests()
    {
        using CheckpointFixture test = new(Bundle.Script("i=0; while read line; do i=$((i+1)); echo got $i $line; done").With(c => c.Process!.Terminal = true));
        using (var first = new ConsoleListener(test.Folder["1.sock"]))
        {
            test.Shell($"$CCTL run --detach --console-socket {test.Folder["1.sock"]} --bundle {test.Bundle.Path} {test.Id} </dev/null").MustSucceed();
            first.Accept();
            first.Expect("one", "got 1 one");
            test.Checkpoint("images").MustSucceed();
        }

        using var second = new ConsoleListener(test.Folder["2.sock"]);
        test.Restore("images", $"--console-socket {test.Folder["2.sock"]}").MustSucceed();
        second.Accept();
        second.Expect("two", "got 2 two");
        second.Expect("three", "got 3 three");
        Assert.Equal("/dev/pts/0", new FileInfo($"/proc/{test.State("pid")}/fd/0").LinkTarget);
    }

    private static void Counts(CheckpointFixture test)
    {
        string count = test.Bundle["rootfs/count"];
        string before = File.Exists(count) ? File.ReadAllText(count) : "";
        Eventually.True(() => File.Exists(count) && File.ReadAllText(count) is { Length: > 0 } now && now != before, Place.Deadline(5), () => "it does not count");
    }

    private static void WaitForText(CheckpointFixture test, string file, string text) =>
        Eventually.True(() => File.ReadAllText(test.Folder[file]).Contains(text, StringComparison.Ordinal), Place.Deadline(5), () => $"nothing in {file}");
}
