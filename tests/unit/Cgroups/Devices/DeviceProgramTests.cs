using OciSpec;
using Runtime.Cgroups;

namespace Unit.Tests.Cgroups.Devices;

public class DeviceProgramTests
{
    private static readonly DeviceRule DenyAll = new(false, 'a', -1, -1, DeviceAccess.All);

    [Fact]
    public void The_rule_for_dev_null_compiles_to_this_listing()
    {
        var code = DeviceProgram.Compile([DenyAll, new(true, 'c', 1, 3, DeviceAccess.All)]);
        Assert.Equal("""
              0: r2 = *(u32 *)(r1 + 0)
              1: r3 = *(u32 *)(r1 + 0)
              2: w2 &= 0xffff
              3: w3 >>= 16
              4: r4 = *(u32 *)(r1 + 4)
              5: r5 = *(u32 *)(r1 + 8)
              6: if w3 != 0 goto 9
              7: w0 = 1
              8: exit
              9: if w2 != 2 goto 14
             10: if w4 != 1 goto 14
             11: if w5 != 3 goto 14
             12: w0 = 1
             13: exit
             14: w0 = 0
             15: exit

            """, BpfListing.Print(code));
    }

    [Fact]
    public void Rules_on_some_accesses_compile_to_this_listing()
    {
        var code = DeviceProgram.Compile([DenyAll, new(true, 'b', 8, -1, DeviceAccess.Read), new(false, 'a', -1, 7, DeviceAccess.Write | DeviceAccess.Mknod)]);
        Assert.Equal("""
              9: if w5 != 7 goto 15
             10: w0 = w3
             11: w0 &= 0x5
             12: if w0 == 0 goto 15
             13: w0 = 0
             14: exit
             15: if w2 != 1 goto 21
             16: if w4 != 8 goto 21
             17: w3 &= 0x5
             18: if w3 != 0 goto 21
             19: w0 = 1
             20: exit
             21: w0 = 0
             22: exit

            """, BpfListing.Print(code)[BpfListing.Print(code).IndexOf("  9:", StringComparison.Ordinal)..]);
    }

    [Theory]
    [InlineData('c', 1, 3, "rwm", true)]
    [InlineData('c', 1, 5, "rw", true)]
    [InlineData('c', 5, 2, "rw", true)]
    [InlineData('c', 136, 12, "rw", true)]
    [InlineData('c', 10, 200, "rw", true)]
    [InlineData('b', 8, 0, "m", true)]
    [InlineData('b', 8, 0, "r", false)]
    [InlineData('c', 1, 1, "r", false)]
    [InlineData('b', 1, 3, "r", false)]
    [InlineData('c', 1, 3, "", true)]
    public void Without_rules_only_the_default_devices_are_open_and_every_node_may_be_made(char type, int major, int minor, string access, bool allowed) =>
        Assert.Equal(allowed, Ask(DeviceRules.For(null), type, major, minor, access));

    [Fact]
    public void A_read_and_a_write_may_be_allowed_by_two_rules()
    {
        List<DeviceRule> rules = DeviceRules.For([Rule(true, "b", 8, 0, "r"), Rule(true, "b", 8, 0, "w")]);
        Assert.True(Ask(rules, 'b', 8, 0, "rw"));
    }

    [Fact]
    public void The_last_rule_about_an_access_decides_it()
    {
        List<DeviceRule> rules = DeviceRules.For([Rule(true, "b", 8, null, null), Rule(false, "b", 8, 1, "w")]);
        Assert.True(Ask(rules, 'b', 8, 1, "r"));
        Assert.False(Ask(rules, 'b', 8, 1, "rw"));
        Assert.True(Ask(rules, 'b', 8, 2, "rw"));
    }

    [Fact]
    public void A_total_rule_makes_all_before_it_moot()
    {
        List<DeviceRule> rules = DeviceRules.For([Rule(true, "b", 8, 0, "r"), Rule(false, "a", null, null, "rwm")]);
        Assert.False(Ask(rules, 'b', 8, 0, "r"));
        Assert.Equal([new DeviceRule(true, 'a', -1, -1, DeviceAccess.All)], DeviceRules.For([Rule(false, "b", 8, 0, "r"), Rule(true, "a", -1, -1, "rwm")]));
    }

    [Fact]
    public void The_default_devices_stay_open_whatever_the_config_denies() =>
        Assert.True(Ask(DeviceRules.For([Rule(true, null, null, null, null), Rule(false, "c", 1, 3, "rwm")]), 'c', 1, 3, "rw"));

    [Theory]
    [InlineData("x", 1L, "r", "/linux/resources/devices/0/type")]
    [InlineData("c", -2L, "r", "/linux/resources/devices/0/major")]
    [InlineData("c", 1L << 32, "r", "/linux/resources/devices/0/major")]
    [InlineData("c", 1L, "rx", "/linux/resources/devices/0/access")]
    public void A_malformed_rule_is_refused_with_its_pointer(string type, long major, string access, string pointer) =>
        Assert.Equal(pointer, Assert.Throws<CgroupException>(() => DeviceRules.For([Rule(true, type, major, 1, access)])).Pointer);

    [Fact]
    public void A_program_answers_as_the_rules_read_one_by_one()
    {
        var random = new Random(7);
        for (int round = 0; round < 400; round++)
        {
            var rules = new List<DeviceRule> { DenyAll with { Allow = random.Next(2) == 0 } };
            for (int i = random.Next(12); i > 0; i--)
            {
                rules.Add(new DeviceRule(random.Next(2) == 0, "abc"[random.Next(3)], random.Next(-1, 3), random.Next(-1, 3), (DeviceAccess)random.Next(1, 8)));
            }

            var code = DeviceProgram.Compile(rules);
            foreach (char type in "bc")
            {
                for (int n = 0; n < 9 * 8; n++)
                {
                    int major = n / 8 / 3, minor = n / 8 % 3;
                    var access = (DeviceAccess)(n % 8);
                    Assert.Equal(Expected(rules, type, major, minor, access), BpfInterpreter.Run(code, type, (uint)major, (uint)minor, access));
                }
            }
        }
    }

    // The oracle: each access by itself, the last rule about it.
    private static bool Expected(List<DeviceRule> rules, char type, int major, int minor, DeviceAccess access)
    {
        foreach (DeviceAccess one in new[] { DeviceAccess.Mknod, DeviceAccess.Read, DeviceAccess.Write })
        {
            if (access.HasFlag(one) && !rules.Last(r => r.Access.HasFlag(one)
                && (r.Type == 'a' || r.Type == type) && (r.Major == -1 || r.Major == major) && (r.Minor == -1 || r.Minor == minor)).Allow)
            {
                return false;
            }
        }

        return true;
    }

    private static bool Ask(List<DeviceRule> rules, char type, int major, int minor, string access)
    {
        DeviceAccess bits = access.Aggregate(DeviceAccess.None, (all, c) => all | (c == 'r' ? DeviceAccess.Read : c == 'w' ? DeviceAccess.Write : DeviceAccess.Mknod));
        return BpfInterpreter.Run(DeviceProgram.Compile(rules), type, (uint)major, (uint)minor, bits);
    }

    private static LinuxDeviceCgroup Rule(bool allow, string? type, long? major, long? minor, string? access) =>
        new() { Allow = allow, Type = type, Major = major, Minor = minor, Access = access };
}
