using OciSpec;

namespace Unit.Tests.Launch;

/// <summary>Lists of CPUs and memory nodes as the kernel's bit masks.</summary>
public sealed class NumberMaskTests
{
    [Theory]
    [InlineData("0", 0b1UL)]
    [InlineData("0-3,7", 0b1000_1111UL)]
    [InlineData(" 1 , 63 ", 0x8000_0000_0000_0002UL)]
    public void A_list_is_a_bit_each(string text, ulong expected) => Assert.Equal(BitConverter.GetBytes(expected), NumberList.Mask(text, sizeof(ulong)));

    [Fact]
    public void A_mask_is_as_long_as_its_highest_number_needs()
    {
        byte[] mask = NumberList.Mask("64", sizeof(ulong));
        Assert.Equal(16, mask.Length);
        Assert.Equal(1, mask[8]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("3-1")]
    [InlineData("8192")]
    public void What_is_no_list_is_empty(string? text) => Assert.Empty(NumberList.Mask(text, sizeof(ulong)));
}
