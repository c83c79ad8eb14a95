using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Namespaces;

/// <summary>config-linux.md, "Network Devices": moved, renamed, with their addresses, up.</summary>
public sealed class NetDeviceTests : IDisposable
{
    private readonly string _device = "cctl" + Guid.NewGuid().ToString("N")[..8];
    private readonly string _peer = "cctp" + Guid.NewGuid().ToString("N")[..8];
    private readonly Cctl _cctl = new();

    public NetDeviceTests()
    {
        Command.Run("ip", "link", "add", _device, "type", "veth", "peer", "name", _peer).MustSucceed();
        Command.Run("ip", "addr", "add", "192.0.2.5/24", "brd", "192.0.2.255", "dev", _device).MustSucceed();
        Command.Run("ip", "addr", "add", "2001:db8::5/64", "dev", _device, "nodad").MustSucceed();
        Command.Run("ip", "link", "set", _device, "mtu", "1400", "up").MustSucceed();
    }

    public void Dispose()
    {
        _cctl.Dispose();
        // The pair goes together, wherever the other end is.
        Command.Run("ip", "link", "del", _peer);
    }

    [Fact]
    public void A_device_is_moved_and_renamed_and_is_up_with_its_addresses()
    {
        using Bundle bundle = Bundle.Script("ip addr show dev guest0");
        string text = Run(bundle, new() { [_device] = new() { Name = "guest0" } }).MustSucceed().Text;
        Assert.Contains("inet 192.0.2.5/24 brd 192.0.2.255 scope global", text, StringComparison.Ordinal);
        Assert.Contains("inet6 2001:db8::5/64 scope global", text, StringComparison.Ordinal);
        Assert.Contains("mtu 1400", text, StringComparison.Ordinal);
        Assert.Matches("<[^>]*UP[^>]*>", text);
    }

    [Fact]
    public void While_the_guest_runs_the_host_has_it_no_more()
    {
        using var bundle = new Bundle("/bin/sleep", "1000");
        bundle.With(c => c.Linux!.NetDevices = new() { [_device] = new() });
        string id = Cctl.NewId();
        _cctl.Run("run", "--detach", "--bundle", bundle.Path, id).MustSucceed();
        Assert.NotEqual(0, Command.Run("ip", "link", "show", _device).ExitCode);
    }

    [Fact]
    public void Without_a_name_it_keeps_its_own()
    {
        using Bundle bundle = Bundle.Script($"ip -o link show dev {_device} | wc -l");
        Assert.Equal("1", Run(bundle, new() { [_device] = new() }).MustSucceed().Text);
    }

    [Fact]
    public void A_pattern_becomes_the_first_free_name()
    {
        using Bundle bundle = Bundle.Script("ip -o link show dev net0 | wc -l");
        Assert.Equal("1", Run(bundle, new() { [_device] = new() { Name = "net%d" } }).MustSucceed().Text);
    }

    [Fact]
    public void A_number_is_none_that_the_config_gives_to_another_device()
    {
        using Bundle bundle = Bundle.Script("ls -d /sys/class/net/net* | wc -l; ip -o -4 addr show dev net1 | wc -l");
        Assert.Equal(["2", "1"], Run(bundle, new() { [_device] = new() { Name = "net%d" }, [_peer] = new() { Name = "net0" } }).MustSucceed().Lines);
    }

    [Fact]
    public void A_device_that_the_host_does_not_have_is_named()
    {
        using Bundle bundle = Bundle.Script("true");
        CommandResult result = Run(bundle, new() { ["missing0"] = new() });
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("/linux/netDevices/missing0: find the network device missing0: ENODEV: the host has no network device of this name", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_is_taken_in_the_guest_is_refused_and_the_device_stays()
    {
        using Bundle bundle = Bundle.Script("true");
        CommandResult result = Run(bundle, new() { [_device] = new() { Name = "lo" } });
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains($"/linux/netDevices/{_device}: move it in as lo: EEXIST", result.Stderr, StringComparison.Ordinal);
        Command.Run("ip", "link", "show", _device).MustSucceed();
    }

    [Fact]
    public void It_works_with_a_user_namespace()
    {
        using Bundle bundle = Bundle.Script("ip -o -4 addr show dev guest0").InUserNamespace();
        Assert.Contains("192.0.2.5/24", Run(bundle, new() { [_device] = new() { Name = "guest0" } }).MustSucceed().Text, StringComparison.Ordinal);
    }

    private CommandResult Run(Bundle bundle, Dictionary<string, LinuxNetDevice> devices) => _cctl.RunBundle(bundle.With(c => c.Linux!.NetDevices = devices));
}
