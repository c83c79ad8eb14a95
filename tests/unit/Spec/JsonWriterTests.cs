using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OciSpec;

namespace Unit.Tests.Spec;

public class JsonWriterTests
{
    [Fact]
    public void Every_character_is_written_as_the_library_reads_it()
    {
        string all = string.Concat(Enumerable.Range(1, 0xd7ff).Select(c => (char)c)) + "\ud83d\ude00\U0010ffff\ue000\uffff";
        byte[] written = ConfigFile.Write(new RuntimeConfig { Hostname = all, Annotations = new() { [all] = "" } });
        JsonNode read = JsonNode.Parse(written)!;
        Assert.Equal(all, (string?)read["hostname"]);
        Assert.Equal("", (string?)read["annotations"]![all]);
    }

    [Fact]
    public void Half_of_a_surrogate_pair_becomes_the_replacement_character()
    {
        foreach ((string text, string expected) in new[] { ("a\ud800", "a\ufffd"), ("\udc00b", "\ufffdb"), ("\ud800\ud800\udc00", "\ufffd\ud800\udc00") })
        {
            Assert.Equal(expected, ConfigFile.Parse(ConfigFile.Write(new RuntimeConfig { Hostname = text })).Hostname);
        }
    }

    [Fact]
    public void Control_characters_have_their_short_escapes()
        => Assert.Equal("""{"hostname":"\b\f\n\r\t\"\\\u0001\u001f"}""", Encoding.UTF8.GetString(ConfigFile.Write(new RuntimeConfig { Hostname = "\b\f\n\r\t\"\\\u0001\u001f" })));

    [Fact]
    public void Indented_output_is_as_the_library_indents_it()
    {
        RuntimeConfig config = ConfigFile.Parse(Encoding.UTF8.GetBytes(Samples.Full));
        config.Mounts!.Add(new Mount { Options = [] });
        config.Linux!.Sysctl!.Clear();
        string expected = JsonNode.Parse(ConfigFile.Write(config))!.ToJsonString(new JsonSerializerOptions
        {
            WriteIndented = true,
            IndentCharacter = '\t',
            IndentSize = 1,
            NewLine = "\n",
        });
        Assert.Equal(expected + "\n", Encoding.UTF8.GetString(ConfigFile.Write(config, indented: true)));
    }

    [Fact]
    public void The_buffer_grows_with_what_is_written()
    {
        string big = new('x', 3_000_000);
        Assert.Equal(big, ConfigFile.Parse(ConfigFile.Write(new RuntimeConfig { Hostname = big }, indented: true)).Hostname);
    }
}
