using System.Text;
using OciSpec;
using Runtime;
using Runtime.Documents;
using Runtime.Linux;
using Runtime.Namespaces.Resolution;
using Runtime.Seccomp;

namespace Unit.Tests.Spec;

/// <summary>`features` (features.md, features-linux.md): all that the code does, and nothing else. Each list is held against what the code answers.</summary>
public sealed class FeaturesTests
{
    private static readonly Features s_features = RuntimeFeatures.Document();
    private static readonly LinuxFeatures s_linux = s_features.Linux!;

    // Words of the specification's table of mount options, of runc's and of crun's, the unknown ones among them, for the
    // question which of them the code takes as its own.
    private static readonly string[] s_words =
    [
        "acl", "async", "atime", "auto", "bind", "context", "copyup", "defaults", "dev", "diratime", "dirsync", "exec", "group", "idmap", "iversion",
        "lazytime", "loud", "mand", "mode", "move", "noatime", "nodev", "nodiratime", "noexec", "noiversion", "nolazytime", "nomand", "norelatime",
        "nosuid", "nostrictatime", "nosymfollow", "owner", "private", "rbind", "relatime", "remount", "ridmap", "ro", "rprivate", "rshared", "rslave",
        "runbindable", "rw", "shared", "silent", "size", "slave", "strictatime", "suid", "symfollow", "sync", "tmpcopyup", "unbindable", "user", "users",
    ];

    [Fact]
    public void The_versions_are_those_that_a_config_may_have()
    {
        Assert.True(Accepts(s_features.OciVersionMin!));
        Assert.True(Accepts(s_features.OciVersionMax!));
        Assert.False(Accepts("0.9.0"));
        Assert.False(Accepts("2.0.0"));
    }

    [Fact]
    public void Mount_options_are_those_that_no_filesystem_gets_to_see()
    {
        IEnumerable<string> words = s_words.SelectMany(w => (string[])[w, "r" + w]).Concat(s_features.MountOptions!).Distinct();
        Assert.Equal(
            words.Where(w => MountOptions.Parse(new Mount { Options = [w] }).Data.Count == 0).Order(StringComparer.Ordinal),
            s_features.MountOptions!.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Hooks_are_the_properties_that_hold_them() => Same(JsonDocuments.Properties().Where(p => p.Document == "Hooks").Select(p => p.Name), s_features.Hooks);

    [Fact]
    public void Namespaces_are_those_that_the_launch_has_a_flag_for()
    {
        Same(KnownValues.NamespaceTypes, s_linux.Namespaces);
        Assert.All(s_linux.Namespaces!, n => Assert.NotEqual(0UL, NamespaceSet.Flag(n)));
        Assert.Equal(s_linux.Namespaces!.Count, s_linux.Namespaces.Select(n => NamespaceSet.Flag(n)).Distinct().Count());
        Assert.Equal(0UL, NamespaceSet.Flag("cpu"));
    }

    [Fact]
    public void Each_capability_has_a_bit_of_its_own()
    {
        ulong[] bits = [.. s_linux.Capabilities!.Select(c => CapabilitySets.From(new Capabilities { Bounding = [c] }).Bounding)];
        Assert.All(bits, b => Assert.Equal(1, System.Numerics.BitOperations.PopCount(b)));
        Assert.Equal((1UL << (CapabilitySets.Last + 1)) - 1, bits.Aggregate((a, b) => a | b));
    }

    [Fact]
    public void Seccomp_lists_what_a_profile_can_be_compiled_from()
    {
        SeccompFeatures seccomp = s_linux.Seccomp!;
        Assert.True(seccomp.Enabled);
        Assert.All(seccomp.Actions!, a => SeccompNames.Action(-1, a, null));
        Assert.All(seccomp.Operators!, o => Assert.True(SeccompNames.TryOperator(o, out _)));
        Same(KnownValues.SeccompActions, seccomp.Actions);
        Same(KnownValues.SeccompOperators, seccomp.Operators);
        Same(KnownValues.SeccompArchitectures.Where(a => SeccompArchitectures.TryParse(a, out _)), seccomp.Archs);
        Same(KnownValues.SeccompFlags.Where(f => SeccompNames.Flag(f) != 0), seccomp.KnownFlags);
        Assert.Equal(KnownValues.SeccompFlags.Length, seccomp.KnownFlags!.Count);
    }

    [Fact]
    public void Supported_flags_are_those_that_this_kernel_takes()
    {
        // The three old ones are in every kernel that cctl runs on (Linux 4.17); the fourth came with Linux 5.19.
        string[] expected = [.. KnownValues.SeccompFlags.Where(f => f != "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV" || Kernel() >= new Version(5, 19))];
        Same(expected, s_linux.Seccomp!.SupportedFlags);
    }

    [Fact]
    public void Memory_policies_are_those_that_a_config_may_have()
    {
        foreach (string mode in s_linux.MemoryPolicy!.Modes!)
        {
            Assert.DoesNotContain(Problems($$""" "memoryPolicy": { "mode": "{{mode}}", "nodes": "0" } """), p => p.Contains("/memoryPolicy/mode", StringComparison.Ordinal));
        }

        foreach (string flag in s_linux.MemoryPolicy.Flags!)
        {
            Assert.DoesNotContain(Problems($$""" "memoryPolicy": { "mode": "MPOL_BIND", "nodes": "0", "flags": ["{{flag}}"] } """), p => p.Contains("/memoryPolicy/flags", StringComparison.Ordinal));
        }

        Same(KnownValues.MemoryPolicyModes, s_linux.MemoryPolicy.Modes);
        Same(KnownValues.MemoryPolicyFlags, s_linux.MemoryPolicy.Flags);
        Assert.Contains(Problems(""" "memoryPolicy": { "mode": "MPOL_NONE" } """), p => p.Contains("/memoryPolicy/mode", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_switched_on_is_what_the_runtime_does()
    {
        CgroupFeatures cgroup = s_linux.Cgroup!;
        Assert.Equal((false, true, true, true, true), (cgroup.V1, cgroup.V2, cgroup.Systemd, cgroup.SystemdUser, cgroup.Rdma));
        Assert.Equal((true, true, true), (s_linux.IntelRdt!.Enabled, s_linux.IntelRdt.Schemata, s_linux.IntelRdt.Monitoring));
        Assert.All((FeatureSwitch?[])[s_linux.Apparmor, s_linux.Selinux, s_linux.NetDevices, s_linux.MountExtensions!.Idmap], s => Assert.True(s!.Enabled));
    }

    [Fact]
    public void Annotations_that_change_a_containers_unit_are_named() => Assert.Equal(["org.systemd.property."], s_features.PotentiallyUnsafeConfigAnnotations!);

    [Fact]
    public void No_property_of_the_specifications_is_left_out()
    {
        s_features.Annotations ??= new() { ["io.cctl.version"] = "0" };
        using var json = System.Text.Json.JsonDocument.Parse(ConfigFile.Write(s_features));
        HashSet<string> written = [.. Names(json.RootElement)];
        string[] documents = [.. JsonDocuments.Properties().Select(p => p.Document).Where(d => d.EndsWith("Features", StringComparison.Ordinal)).Distinct()];
        Assert.Equal(7, documents.Length);
        Assert.DoesNotContain(JsonDocuments.Properties().Where(p => documents.Contains(p.Document)), p => !written.Contains(p.Name));
    }

    private static IEnumerable<string> Names(System.Text.Json.JsonElement element) =>
        element.ValueKind != System.Text.Json.JsonValueKind.Object ? [] : element.EnumerateObject().SelectMany(p => Names(p.Value).Prepend(p.Name));

    private static void Same(IEnumerable<string> expected, List<string>? actual) =>
        Assert.Equal(expected.Order(StringComparer.Ordinal), actual!.Order(StringComparer.Ordinal));

    private static Version Kernel() => Environment.OSVersion.Version;

    private static bool Accepts(string version) => Problems(string.Empty, version).Length == 0;

    private static string[] Problems(string linux, string version = "1.3.0")
    {
        byte[] config = Encoding.UTF8.GetBytes($$"""{ "ociVersion": "{{version}}", "root": { "path": "rootfs" }, "process": { "args": ["true"], "cwd": "/" }, "linux": { {{linux}} } }""");
        try
        {
            ConfigValidator.Validate(ConfigFile.Parse(config));
            return [];
        }
        catch (ConfigException e)
        {
            return e.Message.Split('\n');
        }
    }
}
