using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Launch;

namespace Unit.Tests.Launch;

/// <summary>How a hook's failure is worded.</summary>
public sealed class HookEndingTests
{
    [Theory]
    [InlineData(ControlMessage.HookStatus | 7, "", "exit status 7")]
    [InlineData(ControlMessage.HookStatus | 137, "", "exit status 137")]
    [InlineData(ControlMessage.HookStatus | ControlMessage.HookSignal | 9, "", "killed by SIGKILL")]
    [InlineData(ControlMessage.HookStatus | ControlMessage.HookSignal | 40, "no room", "killed by signal 40: no room")]
    public void A_signal_is_told_from_an_exit_status(int status, string said, string expected) => Assert.Equal(expected, HookEnding.Of(status, said));

    [Theory]
    [InlineData("", "")]
    [InlineData("one", "one")]
    [InlineData("one\ntwo\n", "two")]
    [InlineData("one\r\ntwo \r\n\n \n", "two")]
    [InlineData("\n\n", "")]
    public void The_last_line_is_the_last_with_something_in_it(string output, string expected) =>
        Assert.Equal(expected, HookOutput.LastLine(System.Text.Encoding.UTF8.GetBytes(output)));

    [Fact]
    public void A_character_that_the_end_cuts_in_two_is_no_failure() => Assert.EndsWith("nd", HookOutput.LastLine([0xac, (byte)'n', (byte)'d']), StringComparison.Ordinal);
}
