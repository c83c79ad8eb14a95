using Runtime.Namespaces.Resolution;
using Runtime.Namespaces.Plan;

namespace Unit.Tests.Launch;

/// <summary>Where the root filesystem lies until pivot_root(2), and what is bound from inside it.</summary>
public sealed class RootPlaceTests
{
    [Theory]
    [InlineData("plain")]
    [InlineData("user")]
    [InlineData("no pivot")]
    public void The_root_and_the_nodes_below_it_lie_at_the_roots_own_path(string feature)
    {
        Listing plan = Plans.Of(feature);
        string place = plan.Lines.Single(l => l.Call.Contains("openat2(AT_FDCWD, \"/bundle/rootfs\"", StringComparison.Ordinal)).Call;
        string slot = place[..place.IndexOf(' ', StringComparison.Ordinal)];
        PlanLine taken = plan.Lines.First(l => l.Call.Contains($"= set({slot})", StringComparison.Ordinal));
        string target = taken.Call[..taken.Call.IndexOf(' ', StringComparison.Ordinal)];
        int[] attached = plan.Lines.Where(l => l.Call.StartsWith("move_mount(", StringComparison.Ordinal) && l.Call.EndsWith($", {target}, \"\", MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH)", StringComparison.Ordinal)).Select(l => l.Number).ToArray();
        Assert.Equal(2, attached.Length);
        Assert.Equal("mount the root filesystem", plan.Lines[attached[1]].Purpose);
        Assert.True(attached[1] < plan.First("^pivot_root"));
    }

    [Fact]
    public void In_a_user_namespace_the_place_is_reached_before_the_namespaces_root_is()
    {
        Listing plan = Plans.Of("user");
        Assert.True(plan.First(@"openat2\(AT_FDCWD, ""/bundle/rootfs""") < plan.First(@"^ask-runtime\(WriteIdMaps\)"));
    }

    [Fact]
    public void Without_pivot_root_it_comes_over_the_hosts_root_in_the_end() =>
        Plans.Of("no pivot").InOrder("^pivot_root", "^if-set", @"^move_mount\(\$\d+, """", AT_FDCWD, ""/"", MOVE_MOUNT_F_EMPTY_PATH\)", "^chroot");

    [Fact]
    public void A_root_that_is_the_hosts_has_no_place_of_its_own()
    {
        LaunchInputs inputs = Plans.Changed(c => c.Root!.Path = "/");
        Listing plan = Plans.Compile(inputs);
        Assert.Empty(plan.Numbers(@"openat2\(AT_FDCWD"));
        Assert.Equal(2, plan.Numbers(@"^umount2\("".""").Count);
    }

    [Theory]
    [InlineData("/bundle/rootfs/a/b", "a/b")]
    [InlineData("rootfs/a/b/c/../d", "a/b/d")]
    [InlineData("/bundle/rootfs/a", "a")]
    [InlineData("/bundle/rootfs", ".")]
    public void A_source_that_a_mount_before_it_provides_is_opened_after_that_mount(string source, string inside)
    {
        Listing plan = Bound(source);
        int mounted = plan.Lines.Last(l => l.Pointer == "/mounts/3").Number;
        PlanLine opened = plan.Lines.First(l => l.Pointer == "/mounts/4/source");
        Assert.True(opened.InGuest && opened.Number > mounted);
        Assert.Contains($"\"{inside}\"", opened.Call, StringComparison.Ordinal);
        Assert.DoesNotContain(plan.Runtime, l => l.Call.Contains(source, StringComparison.Ordinal) && l.Pointer != "/root/path");
    }

    [Theory]
    [InlineData("/bundle/rootfs/other")]
    [InlineData("/bundle/rootfs2/a/b")]
    [InlineData("/a/b")]
    public void Every_other_is_the_runtimes_to_open(string source) =>
        Assert.Matches(@"^\$\d+ = open_tree\(AT_FDCWD, ", Assert.Single(Bound(source).Runtime, l => l.Pointer == "/mounts/4/source").Call);

    private static Listing Bound(string source) => Plans.Compile(Plans.Inputs(Plans.Config(
        mounts: $$"""{ "destination": "/a/b", "type": "tmpfs" }, { "destination": "/d", "type": "bind", "source": "{{source}}", "options": ["rbind"] }""")));
}
