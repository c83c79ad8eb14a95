using Runtime.Linux;

namespace Unit.Tests;

/// <summary>What a terminal would obey is written as signs.</summary>
public sealed class SafeTextTests
{
    [Theory]
    [InlineData("plain text: a \\ and a \"", "plain text: a \\ and a \"")]
    [InlineData("\u001b[31m\u0007\r\n\t\0", @"\x1b[31m\x07\x0d\x0a\x09\x00")]
    [InlineData("\u007f\u0085\u009b", @"\x7f\x85\x9b")]
    [InlineData("\u202a\u202e\u2066\u2069\u200e\u061c", @"\u202a\u202e\u2066\u2069\u200e\u061c")]
    [InlineData("\u2028\u2029\ufeff\u200b", @"\u2028\u2029\ufeff\u200b")]
    [InlineData("\ud83d\udce6 \u00fc \u5bb9", "\ud83d\udce6 \u00fc \u5bb9")]
    [InlineData("\udb40\udc41", @"\U000e0041")] // a tag, which nothing shows
    public void Controls_and_what_hides_or_turns_text_are_escaped(string text, string expected) => Assert.Equal(expected, SafeText.Of(text));

    [Fact]
    public void Halves_of_pairs_are_escaped() => Assert.Equal(@"a\ud800b\udcff", SafeText.Of("a" + (char)0xd800 + "b" + (char)0xdcff));

    [Fact]
    public void Plain_text_is_the_same_object()
    {
        const string Text = "/process/args/0: open: ENOENT";
        Assert.Same(Text, SafeText.Of(Text));
    }
}
