using Runtime.Namespaces.Resolution;

namespace Unit.Tests.Launch;

/// <summary>Which guests get a copy of the host's cgroup2 mount: those that a new one would take the host's options away for.</summary>
public sealed class HostCgroupTests
{
    private const string Copy = @"open_tree\([^,]*, ""?/sys/fs/cgroup";

    [Theory]
    [InlineData("""{ "type": "mount" }""", "", 1)]
    [InlineData("""{ "type": "mount" }, { "type": "cgroup", "path": "/proc/1/ns/cgroup" }""", "", 1)]
    [InlineData("""{ "type": "mount" }, { "type": "cgroup" }""", "", 0)]
    [InlineData("""{ "type": "mount" }""", "nsdelegate", 0)]
    [InlineData("""{ "type": "mount" }, { "type": "user", "path": "/proc/7/ns/user" }""", "", 0)]
    public void It_is_copied_in_the_hosts_cgroup_namespace_unless_the_config_names_options(string namespaces, string option, int copies)
    {
        string options = option.Length == 0 ? "\"nosuid\"" : $"\"nosuid\", \"{option}\"";
        LaunchInputs inputs = Plans.Inputs(Plans.Config(
            mounts: $$"""{ "destination": "/sys/fs/cgroup", "type": "cgroup", "options": [{{options}}] }""",
            linux: $$""" "namespaces": [{{namespaces}}] """));
        Listing plan = Plans.Compile(inputs with { CgroupMount = "/sys/fs/cgroup" });
        Assert.Equal(copies, plan.Runtime.Count(l => System.Text.RegularExpressions.Regex.IsMatch(l.Call, Copy)));
        // Where the guest turns out to be in another namespace, it has a new one.
        Assert.Single(plan.Numbers(@"fsopen\(""cgroup2"""));
    }
}
