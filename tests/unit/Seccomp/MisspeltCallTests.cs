using Runtime.Seccomp;

namespace Unit.Tests.Seccomp;

public sealed class MisspeltCallTests
{
    [Theory]
    [InlineData("opne", "open")]
    [InlineData("exeve", "execve")]
    [InlineData("openat3", null)]
    [InlineData("futex_wake2", null)]
    [InlineData("brand_new_call", null)]
    public void A_name_that_one_letter_makes_a_call_is_a_mistake(string name, string? expected) =>
        Assert.Equal(expected, MisspeltCall.Nearest(name));
}
