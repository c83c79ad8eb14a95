using System.Text;
using OciSpec;

namespace Unit.Tests.Spec;

/// <summary>Mistakes in the text of a document: what it is no JSON for, and names that are nearly known ones.</summary>
public sealed class MisspeltTests
{
    [Theory]
    [InlineData("{\"a\": 1 // x\n}", "line 1, column 9: a comment")]
    [InlineData("{\"a\": [1, 2,]}", "a comma before the closing bracket")]
    [InlineData("{\"a\": 1 \"b\": 2}", "a comma is missing before it")]
    [InlineData("{'a': 1}", "a single quotation mark: json takes double ones")]
    [InlineData("{a: 1}", "a name stands in double quotation marks")]
    [InlineData("{\"a\": True}", "json writes true, false and null")]
    [InlineData("{\"a\": {\"b\": 1}", "the text ends too early")]
    [InlineData("{\"a\": \"b}", "the text ends too early")]
    [InlineData("{}\n{}", "line 2, column 1: more text after the end of the document")]
    public void Malformed_text_is_called_what_it_is(string text, string reason) =>
        Assert.Contains(reason, Assert.Throws<ConfigException>(() => ConfigFile.Parse(Encoding.UTF8.GetBytes(text))).Message, StringComparison.Ordinal);

    [Fact]
    public void Other_encodings_are_named()
    {
        Assert.Contains("byte order mark", Refusal([0xef, 0xbb, 0xbf, (byte)'{', (byte)'}']), StringComparison.Ordinal);
        Assert.Contains("utf-16", Refusal([.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("{}")]), StringComparison.Ordinal);
        Assert.Contains("utf-16", Refusal([.. Encoding.BigEndianUnicode.Preamble, .. Encoding.BigEndianUnicode.GetBytes("{}")]), StringComparison.Ordinal);
        Assert.Contains("utf-16", Refusal(Encoding.Unicode.GetBytes("{}")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"process":{"arg":["true"]}}""", "/process/arg", "did you mean args?")]
    [InlineData("""{"proces":{}}""", "/proces", "did you mean process?")]
    [InlineData("""{"linux":{"resource":{"memory":{"limit":1}}}}""", "/linux/resource", "did you mean resources?")]
    [InlineData("""{"linux":{"resources":{"memory":{"Limit":1}}}}""", "/linux/resources/memory/Limit", "did you mean limit?")]
    [InlineData("""{"mounts":[{},{"desination":"/"}]}""", "/mounts/1/desination", "did you mean destination?")]
    [InlineData("""{"process":{"noNewPriviliges":true}}""", "/process/noNewPriviliges", "did you mean noNewPrivileges?")]
    public void An_unknown_property_that_is_nearly_a_known_one_is_a_warning(string text, string pointer, string detail)
    {
        ConfigFile.Parse(Encoding.UTF8.GetBytes(text), out IReadOnlyList<ConfigProblem> misspelt);
        ConfigProblem problem = Assert.Single(misspelt);
        Assert.Equal(pointer, problem.Pointer);
        Assert.Contains(detail, problem.Detail, StringComparison.Ordinal);
        Assert.True(problem.IsWarning);
    }

    [Theory]
    [InlineData("""{"x":1,"id":2,"com.example.thing":{"proces":1},"annotations":{"proces":"1"}}""")]
    [InlineData("""{"process":{"\u0061rgz":[]}}""")]
    [InlineData("""{"linux":{"something":{"limits":1}}}""")]
    public void Other_unknown_properties_are_nobodys_mistake(string text)
    {
        ConfigFile.Parse(Encoding.UTF8.GetBytes(text), out IReadOnlyList<ConfigProblem> misspelt);
        Assert.Empty(misspelt);
    }

    [Fact]
    public void A_document_of_nothing_but_unknown_properties_is_not_searched_without_end()
    {
        string text = "{" + string.Join(',', Enumerable.Range(0, 200_000).Select(i => $"\"proces{i % 10}\":{i}")) + "}";
        ConfigFile.Parse(Encoding.UTF8.GetBytes(text), out IReadOnlyList<ConfigProblem> misspelt);
        Assert.InRange(misspelt.Count, 1, 32);
    }

    [Theory]
    [InlineData("strat", "start")]
    [InlineData("STATE", "state")]
    [InlineData("pasue", "pause")]
    [InlineData("zzzzz", null)]
    public void The_nearest_name_is_found(string word, string? expected) =>
        Assert.Equal(expected, NearestName.Find(word, ["start", "state", "pause", "resume"], NearestName.Slip(word)));

    private static string Refusal(byte[] bytes) => Assert.Throws<ConfigException>(() => ConfigFile.Parse(bytes)).Message;
}
