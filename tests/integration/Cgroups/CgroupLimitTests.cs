using OciSpec;
using Runtime.Cgroups;
using Runtime.Cgroups.Drivers;

namespace Integration.Tests.Cgroups;

/// <summary>Limits on a real cgroup. Which controllers the v2 mount has depends on the host; each test says what must hold with and without.</summary>
public sealed class CgroupLimitTests : IDisposable
{
    private readonly string _id = "test-" + Guid.NewGuid().ToString("N")[..12];
    private readonly CgroupfsDriver _driver = new();
    private readonly CgroupMount _mount = CgroupMount.Find()!;

    public void Dispose()
    {
        Cgroup.Remove($"{_mount.Path}/cctl/{_id}", 5000);
        _mount.Dispose();
        _driver.Dispose();
    }

    [Theory]
    [InlineData("memory")]
    [InlineData("pids")]
    [InlineData("cpu")]
    [InlineData("io")]
    public void A_limit_is_set_or_refused_with_the_mount_that_holds_its_controller(string controller)
    {
        var resources = controller switch
        {
            "memory" => new LinuxResources { Memory = new() { Limit = 64 << 20 } },
            "pids" => new LinuxResources { Pids = new() { Limit = 20 } },
            "cpu" => new LinuxResources { Cpu = new() { Shares = 2048 } },
            _ => new LinuxResources { Unified = new() { ["io.weight"] = "50" } },
        };
        if (Controllers().Contains(controller))
        {
            using Cgroup cgroup = Create(resources);
            Assert.Equal(controller switch { "memory" => "67108864", "pids" => "20", "cpu" => "174", _ => "default 50" }, controller switch
            {
                "memory" => Read(cgroup, "memory.max"),
                "pids" => Read(cgroup, "pids.max"),
                "cpu" => Read(cgroup, "cpu.weight"),
                _ => Read(cgroup, "io.weight"),
            });
        }
        else
        {
            var e = Assert.Throws<CgroupException>(() => Create(resources));
            Assert.StartsWith("/linux/resources/", e.Pointer, StringComparison.Ordinal);
            string old = controller == "io" ? "blkio" : controller;
            if (_mount.V1Bindings().Find(b => b.Has(old)) is { } binding)
            {
                Assert.Contains($"the {controller} controller is bound to cgroup v1 at {binding.MountPoint}: boot with systemd.unified_cgroup_hierarchy=1", e.Message, StringComparison.Ordinal);
            }

            Assert.False(Directory.Exists($"{_mount.Path}/cctl/{_id}"));
        }
    }

    [Fact]
    public void An_update_is_all_or_nothing()
    {
        string size = PageSize();
        using Cgroup cgroup = Create(new() { HugepageLimits = [new() { PageSize = size, Limit = 4 << 20 }] });
        Assert.Equal("4194304", Read(cgroup, $"hugetlb.{size}.max"));
        Assert.Equal("4194304", Read(cgroup, $"hugetlb.{size}.rsvd.max"));

        var bad = new LinuxResources { HugepageLimits = [new() { PageSize = size, Limit = 8 << 20 }], Unified = new() { [$"hugetlb.{size}.nothing"] = "1" } };
        Assert.Throws<CgroupException>(() => _driver.Update(new CgroupRequest { Id = _id, Resources = bad }, null, cgroup));
        Assert.Equal("4194304", Read(cgroup, $"hugetlb.{size}.max"));
        Assert.Equal("4194304", Read(cgroup, $"hugetlb.{size}.rsvd.max"));

        bad.Unified = null;
        _driver.Update(new CgroupRequest { Id = _id, Resources = bad }, null, cgroup);
        Assert.Equal("8388608", Read(cgroup, $"hugetlb.{size}.max"));
    }

    [Fact]
    public void A_page_size_that_the_machine_has_not_is_refused_with_a_hint()
    {
        var e = Assert.Throws<CgroupException>(() => Create(new() { HugepageLimits = [new() { PageSize = "3MB", Limit = 0 }] }));
        Assert.Equal("/linux/resources/hugepageLimits/0/limit: write hugetlb.3MB.max: ENOENT: the machine has no huge pages of this size", e.Message);
        Assert.False(Directory.Exists($"{_mount.Path}/cctl/{_id}"));
    }

    private static string Read(Cgroup cgroup, string file) => File.ReadAllText($"{cgroup.Path}/{file}").TrimEnd();

    private static string PageSize() => Directory.Exists("/sys/kernel/mm/hugepages/hugepages-2048kB") ? "2MB" : "1GB";

    private string[] Controllers() => File.ReadAllText(_mount.Path + "/cgroup.controllers").TrimEnd().Split(' ');

    private Cgroup Create(LinuxResources resources) => _driver.Prepare(new CgroupRequest { Id = _id, Resources = resources })!;
}
