using Integration.Tests.Harness;

namespace Integration.Tests.Namespaces;

/// <summary>The loopback device of a network namespace: up in one that the runtime makes, left alone in one that it does not.</summary>
public sealed class LoopbackTests
{
    private const string Flags = "cat /sys/class/net/lo/flags";

    [Fact]
    public void A_new_network_namespace_has_its_loopback_up_with_its_address()
    {
        using var cctl = new Cctl();
        using Bundle bundle = Bundle.Script(Flags + "; ip -4 addr show lo | grep -o 'inet [0-9./]*'");
        Assert.Equal(["0x9", "inet 127.0.0.1/8"], cctl.RunBundle(bundle).MustSucceed().Lines);
    }

    [Fact]
    public void So_it_is_in_a_user_namespace()
    {
        using var cctl = new Cctl();
        using Bundle bundle = Bundle.Script(Flags).InUserNamespace();
        Assert.Equal("0x9", cctl.RunBundle(bundle).MustSucceed().Text);
    }

    [Fact]
    public void One_that_is_joined_stays_as_it_is()
    {
        using var cctl = new Cctl();
        using RunningCommand other = new Command("unshare", "-n", "sh", "-c", "echo made; exec sleep 1000").Start();
        other.WaitForOutput("made", Place.Deadline(10));
        using Bundle bundle = Bundle.Script(Flags).With(c => c.Linux!.Namespaces!.Single(n => n.Type == "network").Path = $"/proc/{other.Pid}/ns/net");
        Assert.Equal("0x8", cctl.RunBundle(bundle).MustSucceed().Text);
    }
}
