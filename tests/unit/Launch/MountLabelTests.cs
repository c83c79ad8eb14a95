using System.Text.RegularExpressions;

namespace Unit.Tests.Launch;

/// <summary>linux.mountLabel (config-linux.md, mount label). No kernel of the tests has SELinux: the plan is what can be held.</summary>
public sealed class MountLabelTests
{
    private const string Label = "system_u:object_r:container_file_t:s0:c1,c2";

    [Fact]
    public void Every_filesystem_that_can_gets_the_context_before_it_is_made()
    {
        Listing plan = Labelled("""{ "destination": "/run", "type": "tmpfs" }, { "destination": "/dev/mqueue", "type": "mqueue" }, { "destination": "/sys", "type": "sysfs" }, { "destination": "/b", "type": "bind", "source": "/srv" }""");
        string[] calls = plan.From("/linux/mountLabel");
        // /dev, /dev/pts and /run; mqueue has the label on its root, proc, sysfs and bind mounts keep their own.
        Assert.Equal(3, calls.Count(c => Regex.IsMatch(c, $@"^fsconfig\(\$\d+, FSCONFIG_SET_STRING, ""context"", ""{Regex.Escape(Label)}""\)$")));
        Assert.Single(calls, c => Regex.IsMatch(c, $@"^fsetxattr\(\$\d+, ""security.selinux"", ""{Regex.Escape(Label)}"", {Label.Length}\)$"));
        plan.InOrder(@"""context""", @"^fsconfig\(\$\d+, FSCONFIG_CMD_CREATE\)", "fsmount");
    }

    [Fact]
    public void Options_that_are_too_long_for_the_new_calls_have_the_context_in_quotes()
    {
        string lower = "/" + new string('l', 300);
        Listing plan = Labelled($$"""{ "destination": "/o", "type": "overlay", "source": "overlay", "options": ["lowerdir={{lower}}:/b"] }""");
        Assert.Contains(plan.From("/mounts/3"), c => c.Contains($"lowerdir={lower}:/b,context=\"{Label}\"", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_a_label_there_is_no_context() => Assert.Empty(Plans.Of("plain").Numbers("context|security.selinux"));

    private static Listing Labelled(string mounts) =>
        Plans.Compile(Plans.Inputs(Plans.Config(mounts: mounts, linux: $$""" "namespaces": [{{Plans.Namespaces}}], "mountLabel": "{{Label}}" """)));
}
