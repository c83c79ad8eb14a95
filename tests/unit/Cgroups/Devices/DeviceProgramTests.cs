using OciSpec;
using Runtime.Cgroups;
using Runtime.Cgroups.Devices;

namespace Unit.Tests.Cgroups.Devices;

public class DeviceProgramTests
{
    private static readonly DeviceRule DenyAll = new(false, 'a', -1, -1, DeviceAccess.All);

    [Fact]
    public void The_rules_that_hold_without_a_config_compile_to_this_listing() =>
        Assert.Equal("""
              0: w0 = 1
              1: r2 = *(u32 *)(r1 + 0)
              2: w3 = w2
              3: w3 &= 0x60000
              4: if w3 == 0 goto 22
              5: r4 = *(u32 *)(r1 + 4)
              6: r5 = *(u32 *)(r1 + 8)
              7: w1 = w4
              8: w1 <<= 20
              9: w1 |= w5
             10: w2 &= 0xffff
             11: if w2 != 2 goto 21
             12: if w1 == 1048579 goto 22
             13: if w1 == 1048581 goto 22
             14: if w1 == 1048583 goto 22
             15: if w1 == 1048584 goto 22
             16: if w1 == 1048585 goto 22
             17: if w1 == 5242880 goto 22
             18: if w1 == 5242882 goto 22
             19: if w4 == 136 goto 22
             20: if w1 == 10485960 goto 22
             21: w0 = 0
             22: exit

            """, BpfListing.Print(DeviceProgram.Compile(DeviceRules.For(null))));

    [Fact]
    public void Rules_that_only_allow_some_accesses_compile_to_this_listing() =>
        Assert.Equal("""
              0: w0 = 1
              1: r2 = *(u32 *)(r1 + 0)
              2: w3 = w2
              3: w3 &= 0x70000
              4: if w3 == 0 goto 17
              5: r4 = *(u32 *)(r1 + 4)
              6: w2 &= 0xffff
              7: if w2 != 2 goto 12
              8: w3 &= 0x60000
              9: if w3 == 0 goto 17
             10: w0 = 0
             11: exit
             12: if w4 != 8 goto 15
             13: w3 &= 0x50000
             14: if w3 == 0 goto 17
             15: if w4 == 9 goto 17
             16: w0 = 0
             17: exit

            """, BpfListing.Print(DeviceProgram.Compile([DenyAll, new(true, 'b', 8, -1, DeviceAccess.Read), new(true, 'c', -1, -1, DeviceAccess.Mknod), new(true, 'b', 9, -1, DeviceAccess.All)])));

    [Fact]
    public void The_devices_that_managers_name_beside_the_default_ones_lengthen_the_program_by_nothing()
    {
        List<LinuxDeviceCgroup> named = [Rule(false, null, null, null, "rwm"), Rule(true, "c", 1, 3, "rwm"), Rule(true, "c", 136, -1, "rwm"), Rule(true, "c", 5, 0, "rw")];
        Assert.Equal(DeviceProgram.Compile(DeviceRules.For(null)).Length, DeviceProgram.Compile(DeviceRules.For(named)).Length);
    }

    [Fact]
    public void A_number_that_no_device_has_is_nobodys()
    {
        // 4096 << 20 would be the number 0.
        List<DeviceRule> rules = [DenyAll, new(true, 'c', 4096, 3, DeviceAccess.All), new(true, 'c', 2, 1 << 20, DeviceAccess.All)];
        Assert.False(Ask(rules, 'c', 0, 3, "r"));
        Assert.False(Ask(rules, 'c', 3, 0, "r"));
        Assert.False(Ask(rules, 'c', 2, 0, "r"));
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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_program_answers_as_the_rules_read_one_by_one(bool onlyAllows)
    {
        var random = new Random(7);
        for (int round = 0; round < 400; round++)
        {
            var rules = new List<DeviceRule> { DenyAll with { Allow = !onlyAllows && random.Next(2) == 0 } };
            for (int i = random.Next(12); i > 0; i--)
            {
                rules.Add(new DeviceRule(onlyAllows || random.Next(2) == 0, "abc"[random.Next(3)], random.Next(-1, 3), random.Next(-1, 3), (DeviceAccess)random.Next(1, 8)));
            }

            var code = DeviceProgram.Compile(rules);
            Assert.Equal(onlyAllows && rules.TrueForAll(r => r == DenyAll || !r.IsTotal), AllowList.Fits(rules) && onlyAllows);
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
