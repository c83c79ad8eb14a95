using OciSpec;

namespace Unit.Tests.Spec;

/// <summary>Sections of other platforms (config.md, platform-specific configuration).</summary>
public sealed class OtherPlatformTests
{
    [Theory]
    [InlineData("/vm")]
    [InlineData("/windows")]
    [InlineData("/freebsd")]
    [InlineData("/solaris")]
    [InlineData("/zos")]
    public void Beside_a_section_for_Linux_one_is_ignored_with_a_warning_and_alone_it_is_an_error(string section)
    {
        ConfigProblem beside = Assert.Single(ConfigValidator.Collect(Edits.Config(section, "{}")), p => p.Pointer == section);
        Assert.True(beside.IsWarning);
        ConfigProblem alone = Assert.Single(ConfigValidator.Collect(Edits.Config(section, "{}", "/linux", null)), p => p.Pointer == section);
        Assert.False(alone.IsWarning);
    }
}
