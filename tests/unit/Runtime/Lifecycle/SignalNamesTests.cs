using Runtime;
using Runtime.Lifecycle;

namespace Unit.Tests.Lifecycle;

public sealed class SignalNamesTests
{
    [Theory]
    [InlineData("TERM", 15)]
    [InlineData("SIGTERM", 15)]
    [InlineData("sigkill", 9)]
    [InlineData("9", 9)]
    [InlineData("1", 1)]
    [InlineData("0", 0)]
    [InlineData("64", 64)]
    [InlineData("SIGWINCH", 28)]
    [InlineData("RTMIN", 34)]
    [InlineData("SIGRTMIN+3", 37)]
    [InlineData("RTMAX", 64)]
    [InlineData("RTMAX-14", 50)]
    public void A_signal_is_found_by_name_with_or_without_its_prefix_and_by_number(string text, int number) =>
        Assert.Equal(number, SignalNames.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("65")]
    [InlineData("-9")]
    [InlineData("4294967305")]
    [InlineData("TERMINATE")]
    [InlineData("SIG")]
    [InlineData("RTMIN-1")]
    [InlineData("RTMIN+31")]
    [InlineData("RTMAX+1")]
    [InlineData("9 ")]
    public void What_names_no_signal_is_refused(string text) =>
        Assert.StartsWith("signal ", Assert.Throws<ContainerException>(() => SignalNames.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Names_agree_with_those_of_the_shell()
    {
        using var shell = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("/bin/bash", ["-c", "for i in $(seq 1 31); do kill -l $i; done"]) { RedirectStandardOutput = true })!;
        string[] names = shell.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        shell.WaitForExit();
        Assert.Equal(31, names.Length);
        for (int i = 0; i < names.Length; i++)
        {
            Assert.Equal(i + 1, SignalNames.Parse(names[i]));
        }
    }
}
