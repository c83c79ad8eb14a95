using System.Diagnostics;
using System.Text;
using OciSpec;

namespace Unit.Tests.Spec;

public class HostileJsonTests
{
    [Theory]
    [InlineData("", "empty file")]
    [InlineData(" \n\t ", "empty file")]
    [InlineData("null", "null where an object belongs")]
    [InlineData("[]", "an array where an object belongs")]
    [InlineData("\"x\"", "a string where an object belongs")]
    [InlineData("{", "malformed json at line 1, column 2: the text ends too early: a bracket, a brace or a quotation mark is not closed")]
    [InlineData("{\n  \"root\": {,}\n}", "malformed json at line 2, column 12: a comma too many")]
    [InlineData("{} x", "malformed json at line 1, column 4: more text after the end of the document")]
    [InlineData("{}{}", "malformed json at line 1, column 3: more text after the end of the document")]
    [InlineData("{\"a\":1,}", "malformed json at line 1, column 8: a comma before the closing bracket: take it out")]
    [InlineData("// c\n{}", "malformed json at line 1, column 1: a comment: json has none")]
    [InlineData("{\"a\": flase}", "malformed json at line 1, column 8: \"flase\": a value is true, false, null, a number, or a string in double quotation marks")]
    [InlineData("\0\0\0\0", "malformed json at line 1, column 1: a NUL byte: it is no text")]
    [InlineData("{\"a\":01}", "malformed json at line 1, column 7")]
    [InlineData("{\"root\":{\"path\":\"a\nb\"}}", "malformed json at line 1, column 19: a control character in a string: write \\n or \\t")]
    public void A_file_that_is_not_one_json_object_is_refused(string text, string message)
        => AssertRefused(text, "", message);

    [Theory]
    [InlineData("""{"root":{"path":1}}""", "/root/path", "a number where a string belongs: put it in quotation marks")]
    [InlineData("""{"root":"/"}""", "/root", "a string where an object belongs")]
    [InlineData("""{"mounts":{}}""", "/mounts", "an object where an array belongs")]
    [InlineData("""{"mounts":[{"destination":"/"},{"options":["ro",7]}]}""", "/mounts/1/options/1", "a number where a string belongs: put it in quotation marks")]
    [InlineData("""{"mounts":[{},null]}""", "/mounts/1", "null where an object belongs")]
    [InlineData("""{"process":{"args":["a",null]}}""", "/process/args/1", "null where a string belongs")]
    [InlineData("""{"process":{"terminal":"true"}}""", "/process/terminal", "a string where a boolean belongs: write true or false without quotation marks")]
    [InlineData("""{"process":{"terminal":1}}""", "/process/terminal", "a number where a boolean belongs")]
    [InlineData("""{"process":{"user":{"uid":true}}}""", "/process/user/uid", "a boolean where a number belongs")]
    [InlineData("""{"annotations":{"a/b~c":1}}""", "/annotations/a~1b~0c", "a number where a string belongs: put it in quotation marks")]
    [InlineData("""{"annotations":{"x":null}}""", "/annotations/x", "null where a string belongs")]
    [InlineData("""{"linux":{"timeOffsets":{"boottime":[]}}}""", "/linux/timeOffsets/boottime", "an array where an object belongs")]
    [InlineData("""{"x":[[{"y":[1]}]],"linux":{"devices":[{},{},{"path":{}}]}}""", "/linux/devices/2/path", "an object where a string belongs")]
    public void A_value_of_a_wrong_type_is_refused_at_its_pointer(string text, string pointer, string detail)
        => AssertRefused(text, pointer, detail);

    [Theory]
    [InlineData("uid", "-1", "-1 is not an integer from 0 to 4294967295")]
    [InlineData("uid", "4294967296", "4294967296 is not an integer from 0 to 4294967295")]
    [InlineData("uid", "1.5", "1.5 is not an integer from 0 to 4294967295")]
    [InlineData("uid", "1e3", "1e3 is not an integer from 0 to 4294967295")]
    [InlineData("uid", "1.0", "1.0 is not an integer from 0 to 4294967295")]
    [InlineData("umask", "123456789012345678901234567890123456789", "12345678901234567890123456789012… is not an integer from 0 to 4294967295")]
    public void A_number_out_of_range_is_refused(string name, string number, string detail)
        => AssertRefused("{\"process\":{\"user\":{\"" + name + "\":" + number + "}}}", "/process/user/" + name, detail);

    [Theory]
    [InlineData("""{"linux":{"resources":{"memory":{"limit":9223372036854775808}}}}""", "/linux/resources/memory/limit")]
    [InlineData("""{"linux":{"resources":{"blockIO":{"weight":65536}}}}""", "/linux/resources/blockIO/weight")]
    [InlineData("""{"linux":{"resources":{"cpu":{"shares":-1}}}}""", "/linux/resources/cpu/shares")]
    [InlineData("""{"process":{"oomScoreAdj":2147483648}}""", "/process/oomScoreAdj")]
    [InlineData("""{"process":{"rlimits":[{"soft":18446744073709551616}]}}""", "/process/rlimits/0/soft")]
    public void Each_width_of_number_has_its_range(string text, string pointer)
        => Assert.Equal(pointer, Refused(text).Pointer);

    [Theory]
    [InlineData("""{"hostname":"a","hostname":"a"}""", "/hostname")]
    [InlineData("""{"hostname":null,"hostname":"a"}""", "/hostname")]
    [InlineData("""{"process":{"args":["x"],"cwd":"/","args":["y"]}}""", "/process/args")]
    [InlineData("""{"host\u006eame":"a","hostname":"b"}""", "/hostname")]
    [InlineData("""{"annotations":{"a":"1","a":"2"}}""", "/annotations/a")]
    [InlineData("""{"linux":{"netDevices":{"eth0":{},"eth0":{}}}}""", "/linux/netDevices/eth0")]
    public void A_known_property_or_key_that_stands_twice_is_refused(string text, string pointer)
        => AssertRefused(text, pointer, "duplicate property");

    [Fact]
    public void Unknown_properties_are_skipped_whatever_they_are_and_however_often_they_stand()
    {
        RuntimeConfig config = Parse("""{"x":{"y":[1,{"z":null}]},"x":1,"Hostname":"no","hostname":"yes","root":{"extra":[[]],"path":"p"}}""");
        Assert.Equal("yes", config.Hostname);
        Assert.Equal("p", config.Root!.Path);
    }

    [Fact]
    public void Null_is_absent()
    {
        RuntimeConfig config = Parse("""{"root":null,"hostname":null,"mounts":null,"annotations":null,"process":{"terminal":null,"oomScoreAdj":null,"user":null}}""");
        Assert.Null(config.Root);
        Assert.Null(config.Hostname);
        Assert.Null(config.Mounts);
        Assert.Null(config.Annotations);
        Assert.Null(config.Process!.Terminal);
        Assert.Null(config.Process.OomScoreAdj);
    }

    [Theory]
    [InlineData("""{"hostname":"a\u0000b"}""", "/hostname")]
    [InlineData("""{"process":{"args":["a","\u0000"]}}""", "/process/args/1")]
    [InlineData("""{"annotations":{"a\u0000b":"c"}}""", "/annotations/a?b")]
    [InlineData("""{"linux":{"sysctl":{"a":"x\u0000"}}}""", "/linux/sysctl/a")]
    public void A_nul_character_is_refused_in_every_string(string text, string pointer)
        => AssertRefused(text, pointer, "a NUL character is not allowed");

    [Theory]
    [InlineData("""{"hostname":"\ud800"}""", "/hostname")]
    [InlineData("""{"process":{"env":["\udc00\ud800"]}}""", "/process/env/0")]
    [InlineData("""{"hostname":"a","\ud800":1,"mounts":7}""", "/mounts")]
    public void Half_of_a_surrogate_pair_is_refused(string text, string pointer)
        => Assert.Contains(Refused(text).Pointer, new[] { pointer, "/\\ud800" });

    [Theory]
    [InlineData(new byte[] { (byte)'{', (byte)'"', 0xff, (byte)'"', (byte)':', (byte)'1', (byte)'}' }, 1, 3)]
    [InlineData(new byte[] { (byte)'{', (byte)'\n', (byte)'"', 0xc3, (byte)'"', (byte)':', (byte)'1', (byte)'}' }, 2, 2)]
    [InlineData(new byte[] { (byte)'{', (byte)'"', 0xed, 0xa0, 0x80, (byte)'"', (byte)':', (byte)'1', (byte)'}' }, 1, 3)]
    [InlineData(new byte[] { (byte)'{', (byte)'"', 0xc0, 0xaf, (byte)'"', (byte)':', (byte)'1', (byte)'}' }, 1, 3)]
    public void Invalid_utf8_is_refused_with_its_place_even_in_unknown_properties(byte[] utf8, int line, int column)
    {
        var e = Assert.Throws<ConfigException>(() => ConfigFile.Parse(utf8));
        Assert.Equal($"invalid utf-8 at line {line}, column {column}", e.Message);
    }

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{\"a\":", "}")]
    public void Nesting_deeper_than_the_limit_is_refused(string open, string close)
    {
        string Nest(int depth) => "{\"x\":" + string.Concat(Enumerable.Repeat(open, depth)) + "1" + string.Concat(Enumerable.Repeat(close, depth)) + "}";
        Parse(Nest(JsonInput.MaxDepth - 1));
        Assert.StartsWith("nested deeper than 64 levels at line 1", Refused(Nest(JsonInput.MaxDepth)).Message, StringComparison.Ordinal);
        Assert.StartsWith("nested deeper than 64 levels at line 1", Refused(Nest(1_000_000)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_over_16_mib_is_refused_unread()
    {
        byte[] utf8 = new byte[JsonInput.MaxBytes + 1];
        utf8.AsSpan().Fill((byte)' ');
        Assert.Equal("file of 16777217 bytes: at most 16777216 are read", Assert.Throws<ConfigException>(() => ConfigFile.Parse(utf8)).Message);
        "{}"u8.CopyTo(utf8);
        ConfigFile.Parse(utf8.AsSpan(0, JsonInput.MaxBytes));
    }

    [Fact]
    public void A_file_of_nearly_the_largest_size_is_read_and_checked_in_linear_time()
    {
        const int Count = 160_000;
        string mounts = string.Join(',', Enumerable.Repeat("""{"destination":"/data","type":"none","source":"/volumes/data","options":["rbind","ro","nosuid"]}""", Count));
        byte[] utf8 = Encoding.UTF8.GetBytes("""{"ociVersion":"1.3.0","root":{"path":"r"},"mounts":[""" + mounts + "]}");
        Assert.InRange(utf8.Length, 15_000_000, JsonInput.MaxBytes);
        var clock = Stopwatch.StartNew();
        RuntimeConfig config = ConfigFile.Parse(utf8);
        Assert.Equal(Count, config.Mounts!.Count);
        Assert.Empty(ConfigValidator.Validate(config));
        Assert.True(clock.Elapsed.TotalSeconds < 60, $"{clock.Elapsed}"); // half a second on an idle machine; a quadratic reader takes hours
    }

    [Fact]
    public void Messages_are_one_line_whatever_the_document_says()
    {
        ConfigException e = Refused("{\"annotations\":{\"a\\nb\\u001b[31m" + new string('k', 1000) + "\":1}}");
        Assert.DoesNotContain(e.Message, char.IsControl);
        Assert.True(e.Message.Length < 300);
    }

    private static RuntimeConfig Parse(string text) => ConfigFile.Parse(Encoding.UTF8.GetBytes(text));

    private static ConfigException Refused(string text) => Assert.Throws<ConfigException>(() => Parse(text));

    private static void AssertRefused(string text, string pointer, string detail)
    {
        ConfigException e = Refused(text);
        Assert.Equal(pointer, e.Pointer);
        Assert.Equal(detail, e.Detail);
        Assert.Equal(pointer.Length == 0 ? detail : $"{pointer}: {detail}", e.Message);
    }
}
