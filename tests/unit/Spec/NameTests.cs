using OciSpec;

namespace Unit.Tests.Spec;

public class NameTests
{
    [Theory]
    [InlineData("net.ipv4.ip_forward", "net/ipv4/ip_forward")]
    [InlineData("net.ipv4.conf.eth0/1.mtu", "net/ipv4/conf/eth0.1/mtu")]
    [InlineData("net/ipv4/conf/eth0.1/mtu", "net/ipv4/conf/eth0.1/mtu")]
    [InlineData("kernel", "kernel")]
    [InlineData("", null)]
    [InlineData(".", null)]
    [InlineData("net..x", null)]
    [InlineData("/net/x", null)]
    [InlineData("net/x/", null)]
    [InlineData("net/./x", null)]
    [InlineData("net/../x", null)]
    [InlineData("net.//.x", null)]
    public void A_sysctl_name_gives_a_path_that_stays_below_proc_sys(string name, string? path)
        => Assert.Equal(path, SysctlName.ToPath(name));

    [Theory]
    [InlineData("0", "0-0")]
    [InlineData("0-3,7", "0-3 7-7")]
    [InlineData(" 1 , 2 - 4 ", "1-1 2-4")]
    [InlineData("", "")]
    [InlineData("8191", "8191-8191")]
    [InlineData("8192", null)]
    [InlineData("99999999999999", null)]
    [InlineData("1,", null)]
    [InlineData(",1", null)]
    [InlineData("1--2", null)]
    [InlineData("-1", null)]
    [InlineData("2-1", null)]
    [InlineData("1 2", null)]
    [InlineData("٣", null)]
    public void A_list_of_numbers_is_parsed_or_refused(string text, string? expected)
    {
        var ranges = new List<(int First, int Last)>();
        bool parsed = NumberList.TryParse(text, ranges);
        Assert.Equal(expected is not null, parsed);
        Assert.True(!parsed || string.Join(' ', ranges.Select(r => $"{r.First}-{r.Last}")) == expected);
    }

    [Theory]
    [InlineData("eth0", true)]
    [InlineData("123456789012345", true)]
    [InlineData("1234567890123456", false)]
    [InlineData("éééééééé", false)]
    [InlineData("", false)]
    [InlineData(".", false)]
    [InlineData("..", false)]
    [InlineData("a/b", false)]
    [InlineData("a:b", false)]
    [InlineData("a b", false)]
    [InlineData("a\n", false)]
    public void An_interface_name_is_what_the_kernel_takes(string name, bool valid)
        => Assert.Equal(valid, InterfaceName.IsValid(name));

    [Theory]
    [InlineData("a/b~c", "/x/a~1b~0c")]
    [InlineData("", "/x/")]
    [InlineData("a\nb", "/x/a?b")]
    public void A_pointer_escapes_names(string name, string pointer)
        => Assert.Equal(pointer, JsonPointer.Append("/x", name));
}
