using System.Text;
using OciSpec;

namespace Unit.Tests.Spec.Generated;

/// <summary>Another project's documents, with the forms that the specification's own do not use.</summary>
public class GeneratorTests
{
    private const string Text =
        """{"os.version":"12","Number":7,"ports":{"80/tcp":{},"x":[1, null]},"sizes":[-1,9223372036854775807],"state":{"id":"a"},"maps":{"m":[]},"many":[{"size":1}]}""";

    [Fact]
    public void Documents_of_another_project_are_read_and_written()
    {
        OtherDocument read = Read(Text.Replace("\"maps\":{\"m\":[]}", "\"maps\":{\"m\":{}}"));
        Assert.Equal("12", read.OsVersion);
        Assert.Equal(7, read.Number);
        Assert.Equal("[1, null]", Encoding.UTF8.GetString(read.Ports!["x"].Utf8));
        Assert.Equal([-1, long.MaxValue], read.Sizes!);
        Assert.Equal("a", read.State!.Id);
        Assert.Equal(1u, Assert.Single(read.Many!).Size);
        Assert.Equal(Text.Replace("\"maps\":{\"m\":[]}", "\"maps\":{\"m\":{}}"), Encoding.UTF8.GetString(JsonOutput.Write(read, JsonDocuments.WriteOtherDocument)));
    }

    [Theory]
    [InlineData(Text, "/maps/m", "an array where an object belongs")]
    [InlineData("""{"os.version":"1","os.version":"1"}""", "/os.version", "duplicate property")]
    [InlineData("""{"ports":{"a":null}}""", "/ports/a", "null where a value belongs")]
    [InlineData("""{"ports":{"a":1,"a":1}}""", "/ports/a", "duplicate property")]
    [InlineData("""{"sizes":[1,null]}""", "/sizes/1", "null where a number belongs")]
    [InlineData("""{"sizes":[1.5]}""", "/sizes/0", "1.5 is not an integer from -9223372036854775808 to 9223372036854775807")]
    public void Their_errors_are_as_those_of_the_specifications_documents(string text, string pointer, string detail)
    {
        ConfigException e = Assert.Throws<ConfigException>(() => Read(text));
        Assert.Equal(pointer, e.Pointer);
        Assert.Equal(detail, e.Detail);
    }

    [Fact]
    public void Their_properties_are_in_a_table_of_their_own_namespace()
        => Assert.Contains(new DocumentProperty("OtherDocument", "os.version", "string"), JsonDocuments.Properties());

    private static OtherDocument Read(string text) => JsonInput.Parse(Encoding.UTF8.GetBytes(text), JsonDocuments.ReadOtherDocument);
}

[OciDocument]
internal sealed class OtherDocument
{
    [JsonName("os.version")]
    public string? OsVersion { get; set; }

    [JsonName("Number")]
    public int? Number { get; set; }

    public Dictionary<string, RawSection>? Ports { get; set; }

    public List<long>? Sizes { get; set; }

    public ContainerState? State { get; set; }

    public Dictionary<string, LinuxRdma>? Maps { get; set; }

    public List<IdMapping>? Many { get; set; }
}
