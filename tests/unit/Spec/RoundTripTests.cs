using System.Text;
using System.Text.Json.Nodes;
using OciSpec;

namespace Unit.Tests.Spec;

public class RoundTripTests
{
    private static readonly string[] OtherPlatforms = ["solaris", "windows", "vm", "zos", "freebsd"];

    [Fact]
    public void A_config_with_every_property_survives_being_read_and_written()
        => AssertSame(Samples.Full, ConfigFile.Write(ConfigFile.Parse(Encoding.UTF8.GetBytes(Samples.Full))));

    [Fact]
    public void Features_with_every_property_survive_being_read_and_written()
        => AssertSame(Samples.Features, ConfigFile.Write(ConfigFile.ParseFeatures(Encoding.UTF8.GetBytes(Samples.Features))));

    [Fact]
    public void A_process_state_with_every_property_survives_being_read_and_written()
        => AssertSame(Samples.ProcessState, ConfigFile.Write(ConfigFile.ParseProcessState(Encoding.UTF8.GetBytes(Samples.ProcessState))));

    [Fact]
    public void A_process_and_resources_are_read_and_written_alone()
    {
        JsonNode full = JsonNode.Parse(Samples.Full)!;
        string process = full["process"]!.ToJsonString();
        AssertSame(process, ConfigFile.Write(ConfigFile.ParseProcess(Encoding.UTF8.GetBytes(process))));
        string resources = full["linux"]!["resources"]!.ToJsonString();
        AssertSame(resources, ConfigFile.Write(ConfigFile.ParseResources(Encoding.UTF8.GetBytes(resources))));
        string state = JsonNode.Parse(Samples.ProcessState)!["state"]!.ToJsonString();
        AssertSame(state, ConfigFile.Write(ConfigFile.ParseState(Encoding.UTF8.GetBytes(state))));
    }

    [Fact]
    public void The_samples_leave_out_no_property_of_any_document()
    {
        var used = new HashSet<(string, string)>();
        Walk(JsonNode.Parse(Samples.Full)!, "RuntimeConfig", used);
        Walk(JsonNode.Parse(Samples.Features)!, "Features", used);
        Walk(JsonNode.Parse(Samples.ProcessState)!, "ContainerProcessState", used);
        foreach (string section in OtherPlatforms)
        {
            used.Add(("RuntimeConfig", section));
        }

        Assert.DoesNotContain(JsonDocuments.Properties(), p => !used.Contains((p.Document, p.Name)));
    }

    [Fact]
    public void Every_document_and_property_is_in_the_table_once()
    {
        DocumentProperty[] table = [.. JsonDocuments.Properties(), .. OciSpec.Image.JsonDocuments.Properties()];
        Assert.Equal(table.Length, table.Select(p => (p.Document, p.Name)).Distinct().Count());
        string[] documents = [.. typeof(RuntimeConfig).Assembly.GetTypes()
            .Where(t => t.IsDefined(typeof(OciDocumentAttribute), false)).Select(t => t.Name).Order()];
        Assert.Equal(documents, table.Select(p => p.Document).Distinct().Order());
    }

    [Fact]
    public void Sections_of_other_platforms_are_kept_as_they_stand()
    {
        const string Text = """{"ociVersion":"1.3.0","solaris":{"milestone":"x"},"windows":{"layerDirectories":[1, 2]},"vm":{},"zos":null,"freebsd":[true]}""";
        RuntimeConfig config = ConfigFile.Parse(Encoding.UTF8.GetBytes(Text));
        Assert.Equal("""{"layerDirectories":[1, 2]}""", Encoding.UTF8.GetString(config.Windows!.Utf8));
        Assert.NotNull(config.Vm);
        Assert.Null(config.Zos);
        Assert.Equal(Text.Replace(",\"zos\":null", ""), Encoding.UTF8.GetString(ConfigFile.Write(config)));
    }

    [Fact]
    public void Null_properties_are_left_out_and_empty_collections_are_not()
    {
        var config = new RuntimeConfig { OciVersion = "1.3.0", Mounts = [], Annotations = new() { ["a/b"] = "é<\"\\\n" } };
        Assert.Equal("""{"ociVersion":"1.3.0","mounts":[],"annotations":{"a/b":"é<\"\\\n"}}""", Encoding.UTF8.GetString(ConfigFile.Write(config)));
    }

    [Fact]
    public void Indented_output_uses_tabs_and_ends_with_a_line_feed()
        => Assert.Equal("{\n\t\"limit\": -1\n}\n", Encoding.UTF8.GetString(JsonOutput.Write(new LinuxPids { Limit = -1 }, JsonDocuments.WriteLinuxPids, indented: true)));

    private static void AssertSame(string expected, byte[] written)
        => Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(written)), Encoding.UTF8.GetString(written));

    private static void Walk(JsonNode node, string document, HashSet<(string, string)> used)
    {
        foreach (DocumentProperty property in JsonDocuments.Properties().Where(p => p.Document == document))
        {
            if (node[property.Name] is not { } value)
            {
                continue;
            }

            used.Add((document, property.Name));
            string type = property.Type.TrimEnd('[', ']', '{', '}');
            if (!JsonDocuments.Properties().Any(p => p.Document == type))
            {
                continue;
            }

            IEnumerable<JsonNode?> values = property.Type.EndsWith("[]", StringComparison.Ordinal) ? value.AsArray()
                : property.Type.EndsWith("{}", StringComparison.Ordinal) ? value.AsObject().Select(e => e.Value) : [value];
            foreach (JsonNode? child in values)
            {
                Walk(child!, type, used);
            }
        }
    }
}
