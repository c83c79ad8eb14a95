using Runtime.Cgroups;
using Runtime.Cgroups.Drivers;

namespace Unit.Tests.Cgroups;

public class CgroupPathTests
{
    [Theory]
    [InlineData(null, "cctl/web", true)]
    [InlineData("", "cctl/web", true)]
    [InlineData("/a/b", "a/b", false)]
    [InlineData("a/b/", "a/b", true)]
    [InlineData("//a///b", "a/b", false)]
    public void A_path_leads_below_the_mount(string? path, string expected, bool mayMove)
    {
        Assert.Equal(expected, CgroupPath.Resolve(path, "web", out bool moves));
        Assert.Equal(mayMove, moves);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("..")]
    [InlineData("/a/../../b")]
    [InlineData("./a")]
    [InlineData("a\nb")]
    [InlineData("a\0b")]
    public void A_path_that_leads_elsewhere_is_refused_with_its_pointer(string path)
    {
        var e = Assert.Throws<CgroupException>(() => CgroupPath.Resolve(path, "web", out _));
        Assert.Equal("/linux/cgroupsPath", e.Pointer);
    }
}
