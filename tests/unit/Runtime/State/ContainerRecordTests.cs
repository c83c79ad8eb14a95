using OciSpec;
using Runtime;
using Runtime.Cgroups.Drivers;
using Runtime.Owned;
using Runtime.State;

namespace Unit.Tests.State;

public sealed class ContainerRecordTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void A_record_is_read_as_it_was_written()
    {
        var written = new ContainerRecord
        {
            OciVersion = "1.3.0",
            Id = "c",
            Bundle = "/bundle \"with\" ünusual\nname",
            Rootfs = "/bundle/rootfs",
            Created = Timestamps.Now(),
            OwnerUid = uint.MaxValue - 1,
            Annotations = new Dictionary<string, string> { ["a"] = "1", ["b/c"] = "{}" },
            Phase = CreationPhase.Created,
            Init = new ProcessIdentity(42, ulong.MaxValue, "boot"),
            Owned =
            {
                new OwnedCgroup("/sys/fs/cgroup/c", CgroupManager.Systemd, rootless: true),
                new OwnedResctrlGroup("/sys/fs/resctrl/c"),
                new JoinedMounts("/run/ns/mnt", 4026532001, "cctl.0123"),
            },
            PoststopHooks = [new Hook { Path = "/bin/h", Args = ["h", "x"], Env = ["A=b"], Timeout = 3 }, new Hook { Path = "/bin/i" }],
            Rootless = true,
        };
        ContainerRecord read = Through(written);
        Assert.Equivalent(written, read, strict: true);
    }

    [Fact]
    public void A_record_with_nothing_optional_is_read_as_it_was_written() =>
        Assert.Equivalent(new ContainerRecord { Id = "c" }, Through(new ContainerRecord { Id = "c" }), strict: true);

    [Fact]
    public void What_a_newer_version_wrote_is_skipped()
    {
        ContainerRecord record = FromText("""{"new":{"a":[1,{"b":2}]},"id":"c","other":[[]],"pid":7}""")!;
        Assert.Equal("c", record.Id);
        Assert.Equal(7, record.Init.Pid);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"id\":")]
    [InlineData("{\"id\":\"c\"")]
    [InlineData("{\"pid\":\"x\"}")]
    [InlineData("{\"pid\":99999999999999999999}")]
    [InlineData("{\"bundle\":7}")]
    public void A_damaged_record_says_which_file_it_is(string text)
    {
        ContainerException e = Assert.Throws<ContainerException>(() => FromText(text));
        Assert.Contains("state.json: damaged", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_without_a_record_has_none()
    {
        using StateStore store = StateStore.Open(_temporary.Path);
        using ContainerDirectory directory = store.Create("c");
        Assert.Null(directory.TryReadRecord());
    }

    [Fact]
    public async Task Readers_see_whole_records_only()
    {
        using StateStore store = StateStore.Open(_temporary.Path);
        using ContainerDirectory directory = store.Create("c");
        var small = new ContainerRecord { Id = "c" };
        var large = new ContainerRecord { Id = "c", Bundle = new string('x', 100_000) };
        directory.WriteRecord(small);
        using var stop = new CancellationTokenSource();
        Task writer = Task.Run(() =>
        {
            for (int i = 0; i < 200; i++)
            {
                directory.WriteRecord(i % 2 == 0 ? large : small);
            }

            stop.Cancel();
        }, TestContext.Current.CancellationToken);
        while (!stop.IsCancellationRequested)
        {
            Assert.True(directory.TryReadRecord()!.Bundle.Length is 0 or 100_000);
        }

        await writer;
    }

    private ContainerRecord Through(ContainerRecord record)
    {
        using StateStore store = StateStore.Open(_temporary.Path);
        using ContainerDirectory directory = store.Create("c");
        directory.WriteRecord(record);
        return directory.TryReadRecord()!;
    }

    private ContainerRecord? FromText(string text)
    {
        using StateStore store = StateStore.Open(_temporary.Path);
        using ContainerDirectory directory = store.Create("c");
        File.WriteAllText(Path.Combine(directory.Path, ContainerDirectory.RecordName), text);
        return directory.TryReadRecord();
    }
}
