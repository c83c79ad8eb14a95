using System.Text;
using OciSpec;

namespace Unit.Tests.Spec;

public class ValidatorTests
{
    public static TheoryData<int> RefusedCases => [.. Enumerable.Range(0, Refusals.Cases.Length)];

    [Fact]
    public void A_config_with_every_property_passes_without_a_finding()
    {
        Assert.Empty(ConfigValidator.Collect(Edits.Config()));
        Assert.Empty(ConfigValidator.Validate(Edits.Config()));
    }

    [Fact]
    public void The_least_config_passes()
        => Assert.Empty(ConfigValidator.Collect(ConfigFile.Parse("""{"ociVersion":"1.0.0","root":{"path":"rootfs"}}"""u8)));

    [Theory]
    [MemberData(nameof(RefusedCases))]
    public void A_value_that_is_not_allowed_is_found_at_its_pointer(int index)
    {
        (string check, string?[] edits, string pointer, string detail) = Refusals.Cases[index];
        RuntimeConfig config = Edits.Config(edits);
        List<ConfigProblem> all = ConfigValidator.Collect(config);
        string listing = string.Join('\n', all);
        ConfigProblem found = all.FirstOrDefault(p => p.Check == check && p.Pointer == pointer && p.Detail.Contains(detail, StringComparison.Ordinal));
        Assert.True(found.Check is not null, $"case {index}: {check} does not report {pointer}: {detail}; reported:\n{listing}");
        Assert.Equal($"{pointer}: {found.Detail}", found.ToString());
        Assert.DoesNotContain(found.Detail, char.IsControl);
        Assert.False(found.Detail.EndsWith('.'));
        if (found.IsWarning)
        {
            Assert.Contains(found, ConfigValidator.Validate(config));
        }
        else
        {
            ConfigException first = Assert.Throws<ConfigException>(() => ConfigValidator.Validate(config));
            Assert.Equal(all.First(p => !p.IsWarning).ToString(), first.Message);
        }
    }

    [Fact]
    public void Every_check_has_a_case_that_it_refuses_and_names_its_section()
    {
        ConfigCheck[] checks = ConfigValidator.Checks;
        Assert.Equal(checks.Select(c => c.Name).Order(), Refusals.Cases.Select(c => c.Check).Distinct().Order());
        Assert.Equal(checks.Length, checks.Select(c => c.Name).Distinct().Count());
        Assert.All(checks, c => Assert.StartsWith("config", c.Section, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/ociVersion", "\"1.0.2-dev\"")]
    [InlineData("/ociVersion", "\"1.2.0-rc.1+build.007\"")]
    [InlineData("/process", null)]
    [InlineData("/process/user", null)]
    [InlineData("/process/user/umask", "511")]
    [InlineData("/process/user/uid", "4294967294")]
    [InlineData("/process/env/0", "\"a b.c=\"")]
    [InlineData("/process/consoleSize", """{"height":65535,"width":0}""")]
    [InlineData("/process/oomScoreAdj", "1000")]
    [InlineData("/process/rlimits/0/hard", "1024")]
    [InlineData("/process/scheduler", """{"policy":"SCHED_RR","priority":99,"nice":19}""")]
    [InlineData("/process/scheduler", """{"policy":"SCHED_BATCH","nice":-20}""")]
    [InlineData("/process/scheduler/period", "0")]
    [InlineData("/process/ioPriority", """{"class":"IOPRIO_CLASS_IDLE"}""")]
    [InlineData("/process/execCPUAffinity", """{"initial":"","final":" 0 - 3 , 8191 "}""")]
    [InlineData("/hostname", "\"\"")]
    [InlineData("/linux", null)]
    [InlineData("/linux/namespaces/1/path", "\"\"")]
    [InlineData("/linux/timeOffsets", "{}")]
    [InlineData("/linux/sysctl", """{"kernel.shmmax":"1","kernel.msgmnb":"1","kernel.sem":"1","fs.mqueue.msg_max":"1","net/ipv4/conf/eth0.1/forwarding":"1","user.max_user_namespaces":"1"}""")]
    [InlineData("/linux/sysctl", """{"kernel.domainname":"example","kernel.hostname":"guest"}""")]
    [InlineData("/linux/netDevices", """{"eth0":{"name":"eth1"},"eth1":{"name":"eth0"},"a":{"name":"x%d"},"b":{"name":"x%d"}}""")]
    [InlineData("/linux/uidMappings/0", """{"containerID":0,"hostID":0,"size":4294967295}""")]
    [InlineData("/linux/uidMappings/-", """{"containerID":65536,"hostID":99999,"size":1}""")]
    [InlineData("/mounts/1", """{"destination":"/a","source":"/b","type":"bind","options":["idmap"]}""")]
    [InlineData("/linux/rootfsPropagation", "\"rslave\"")]
    [InlineData("/linux/devices/0/fileMode", "8630")]
    [InlineData("/linux/devices/-", """{"type":"p","path":"/dev/fifo"}""")]
    [InlineData("/linux/devices/-", """{"type":"c","path":"/dev/fuse","major":10,"minor":229}""")]
    [InlineData("/linux/cgroupsPath", "\"machine.slice:cctl:..a\"")]
    [InlineData("/linux/resources/devices/0", """{"allow":true,"type":"","major":-1,"minor":-1}""")]
    [InlineData("/linux/resources/memory", """{"limit":-1,"swap":-1}""")]
    [InlineData("/linux/resources/memory", """{"limit":1000000,"swap":0}""")]
    [InlineData("/linux/resources/cpu", """{"quota":-1,"burst":5,"period":0,"cpus":"0-7:1/2\n"}""")]
    [InlineData("/linux/resources/pids", "{}")]
    [InlineData("/linux/resources/pids/limit", "-1")]
    [InlineData("/linux/resources/blockIO", """{"weight":0}""")]
    [InlineData("/linux/intelRdt/closID", "\"/\"")]
    [InlineData("/linux/memoryPolicy", """{"mode":"MPOL_PREFERRED"}""")]
    [InlineData("/linux/memoryPolicy", """{"mode":"MPOL_BIND","nodes":"0","flags":["MPOL_F_NUMA_BALANCING","MPOL_F_STATIC_NODES"]}""")]
    [InlineData("/linux/personality", """{"domain":"LINUX32"}""")]
    [InlineData("/linux/seccomp", """{"defaultAction":"SCMP_ACT_TRACE","defaultErrnoRet":65535}""")]
    public void A_value_at_the_edge_of_what_is_allowed_passes(string pointer, string? json)
        => Assert.DoesNotContain(ConfigValidator.Collect(Edits.Config(pointer, json)), p => !IsConsequence(p, pointer));

    [Fact]
    public void Every_value_that_the_specification_lists_passes()
    {
        Each(KnownValues.NamespaceTypes, v => Edits.Config("/linux/namespaces", $"[{{\"type\":\"{v}\"}}]"), "namespaces");
        Each(KnownValues.Rlimits, v => Edits.Config("/process/rlimits/0/type", $"\"{v}\""), "process-rlimits");
        Each(KnownValues.Capabilities, v => Edits.Config("/process/capabilities/bounding", $"[\"CAP_KILL\",\"{v}\"]"), "process-capabilities");
        Each(KnownValues.SchedulerFlags, v => Edits.Config("/process/scheduler/flags/0", $"\"{v}\""), "process-scheduler");
        Each(KnownValues.IoPriorityClasses, v => Edits.Config("/process/ioPriority/class", $"\"{v}\""), "process-io-priority");
        Each(KnownValues.Propagations, v => Edits.Config("/linux/rootfsPropagation", $"\"{v}\""), "rootfs-propagation");
        Each(KnownValues.SeccompOperators, v => Edits.Config("/linux/seccomp/syscalls/0/args/0/op", $"\"{v}\""), "seccomp-syscalls");
        Each(KnownValues.SeccompArchitectures, v => Edits.Config("/linux/seccomp/architectures/0", $"\"{v}\""), "seccomp");
        Each(KnownValues.SeccompFlags, v => Edits.Config("/linux/seccomp/flags/0", $"\"{v}\""), "seccomp");
        Each(KnownValues.SeccompActions, v => Edits.Config("/linux/seccomp/syscalls/1/action", $"\"{v}\""), "seccomp-syscalls");
        Each(KnownValues.DeviceTypes, v => Edits.Config("/linux/devices/0/type", $"\"{v}\""), "devices");
    }

    [Fact]
    public void Console_size_is_ignored_without_a_terminal()
        => Assert.Empty(ConfigValidator.Collect(Edits.Config("/process/terminal", "false", "/process/consoleSize", """{"height":99999}""")));

    [Fact]
    public void Mappings_may_come_with_a_user_namespace_that_is_joined_or_be_left_out()
    {
        Assert.Empty(ConfigValidator.Collect(Edits.Config("/linux/namespaces/5/path", "\"/proc/1/ns/user\"")));
        Assert.Empty(ConfigValidator.Collect(Edits.Config("/linux/namespaces/5/path", "\"/proc/1/ns/user\"", "/linux/uidMappings", null, "/linux/gidMappings", null)));
    }

    [Fact]
    public void More_mappings_than_the_kernel_takes_are_refused_at_once()
    {
        string Many(int count) => "[" + string.Join(',', Enumerable.Range(0, count).Select(i => $$"""{"containerID":{{i}},"hostID":{{i}},"size":1}""")) + "]";
        Assert.Empty(ConfigValidator.Collect(Edits.Config("/linux/uidMappings", Many(340))));
        Assert.Equal("/linux/uidMappings: 200000 ranges: the kernel takes at most 340", Assert.Single(ConfigValidator.Collect(Edits.Config("/linux/uidMappings", Many(200_000)))).ToString());
    }

    [Fact]
    public void A_process_alone_is_checked_with_pointers_from_its_own_root()
    {
        ProcessSpec process = ConfigFile.ParseProcess("""{"args":["a"],"cwd":"x"}"""u8);
        Assert.Equal("/cwd: \"x\" is not an absolute path", Assert.Throws<ConfigException>(() => ConfigValidator.Validate(process)).Message);
        process.Cwd = "/";
        process.Capabilities = new Capabilities { Bounding = ["CAP_NEW"] };
        Assert.Equal("/capabilities/bounding/0", Assert.Single(ConfigValidator.Validate(process)).Pointer);
    }

    [Fact]
    public void Resources_alone_are_checked_with_pointers_from_their_own_root()
    {
        LinuxResources resources = ConfigFile.ParseResources("""{"pids":{"limit":-5}}"""u8);
        Assert.Equal("/pids/limit", Assert.Throws<ConfigException>(() => ConfigValidator.Validate(resources)).Pointer);
        Assert.Empty(ConfigValidator.Validate(new LinuxResources()));
    }

    [Fact]
    public void A_long_value_is_cut_and_stays_on_one_line()
    {
        ConfigException e = Assert.Throws<ConfigException>(() => ConfigValidator.Validate(Edits.Config("/ociVersion", "\"a\\nb\\u001b" + new string('x', 5000) + "\"")));
        Assert.True(e.Message.Length < 200);
        Assert.DoesNotContain(e.Message, char.IsControl);
    }

    private static bool IsConsequence(ConfigProblem problem, string edited)
        => edited == "/linux" && problem.Check is "hostname" or "domainname";

    private static void Each(string[] values, Func<string, RuntimeConfig> config, string check)
        => Assert.All(values, v => Assert.DoesNotContain(ConfigValidator.Collect(config(v)), p => p.Check == check));
}
