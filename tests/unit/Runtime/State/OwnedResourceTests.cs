using Runtime;
using Runtime.Owned;

namespace Unit.Tests.State;

public sealed class OwnedResourceTests
{
    private readonly List<string> _released = [];

    [Fact]
    public void The_last_that_was_made_is_released_first()
    {
        OwnedResources.Release([new Resource("a", _released), new Resource("b", _released), new Resource("c", _released)]);
        Assert.Equal(["c", "b", "a"], _released);
    }

    [Fact]
    public void What_was_made_before_one_that_stays_stays_too_and_goes_when_that_is_repeated()
    {
        var stuck = new Resource("b", _released) { IsStuck = true };
        Resource[] owned = [new Resource("a", _released), stuck, new Resource("c", _released)];
        Assert.Throws<ContainerException>(() => OwnedResources.Release(owned));
        Assert.Equal(["c"], _released);
        stuck.IsStuck = false;
        OwnedResources.Release(owned);
        Assert.Equal(["c", "c", "b", "a"], _released);
    }

    [Fact]
    public void A_resource_of_a_newer_cctl_is_kept_as_it_was_and_named_when_the_container_goes()
    {
        OwnedResource resource = OwnedResources.Of(new() { ["kind"] = "teapot", ["spout"] = "left" });
        Assert.Equal("teapot", resource.Kind);
        Assert.Equal("left", resource.Facts["spout"]);
        resource.Release();
    }

    [Theory]
    [InlineData("kind", "cgroup")]
    [InlineData("path", "/sys/fs/cgroup/c")]
    public void An_entry_that_lacks_what_finds_the_resource_is_damaged(string name, string value) =>
        Assert.Throws<FormatException>(() => OwnedResources.Of(new() { [name] = value }));

    private sealed class Resource(string name, List<string> released) : OwnedResource
    {
        public override string Kind => name;

        public override Dictionary<string, string> Facts => [];

        public bool IsStuck { get; set; }

        internal override void Release()
        {
            if (IsStuck)
            {
                throw new ContainerException(name);
            }

            released.Add(name);
        }
    }
}
