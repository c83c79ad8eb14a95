using CctlImages.Credentials;
using CctlImages.Network;
using CctlImages.Registry;

namespace Unit.Tests.Images.Network;

/// <summary>What goes between the two processes.</summary>
public sealed class FrameTests
{
    private static readonly Endpoint s_endpoint = new("registry.example.com:5000")
    {
        Prefix = "a",
        Insecure = true,
        Authorities = [1, 2],
        ClientCertificate = [3],
        ClientKey = [4],
        Credential = new Credential("user", "pass", "identity", "registry"),
    };

    [Fact]
    public void What_was_written_is_read()
    {
        var writer = new FrameWriter();
        writer.Endpoints([s_endpoint, new Endpoint("docker.io")]).Text("text ü").Number(-7).Bytes([9, 8]);
        var reader = new FrameReader(writer.Written);
        Assert.Equal([s_endpoint, new Endpoint("docker.io")], reader.Endpoints());
        Assert.Equal("text ü", reader.Text());
        Assert.Equal(-7, reader.Number());
        Assert.Equal([9, 8], reader.Bytes().ToArray());
    }

    [Fact]
    public void Endpoints_are_the_same_by_what_is_in_them()
    {
        Assert.Equal(s_endpoint, s_endpoint with { Authorities = [1, 2] });
        Assert.NotEqual(s_endpoint, s_endpoint with { Authorities = [1, 3] });
        Assert.NotEqual(s_endpoint, s_endpoint with { Credential = null });
        Assert.Equal(s_endpoint.GetHashCode(), (s_endpoint with { Authorities = [1, 2] }).GetHashCode());
    }

    [Fact]
    public void A_frame_that_ends_early_is_malformed()
    {
        var writer = new FrameWriter();
        writer.Endpoints([s_endpoint]);
        byte[] whole = writer.Written.ToArray();
        for (int length = 0; length < whole.Length; length++)
        {
            byte[] part = whole[..length];
            Assert.Throws<InvalidDataException>(() => new FrameReader(part).Endpoints());
        }
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    [InlineData(Frame.LargestAnswer, true)]
    [InlineData(Frame.LargestAnswer + 1, false)]
    public void Lengths_are_bounded(int length, bool allowed)
    {
        byte[] header = new byte[Frame.HeaderSize];
        Frame.WriteHeader(header, FrameKind.Data, length);
        Assert.Equal(allowed, Frame.TryReadHeader(header, Frame.LargestAnswer, out FrameKind kind, out int read));
        Assert.Equal((FrameKind.Data, length), (kind, read));
    }

    [Fact]
    public void Options_are_the_same_on_the_other_side()
    {
        var options = new ClientOptions { UserAgent = "a", Attempts = 3, FirstPause = TimeSpan.FromSeconds(7), ChunkSize = 9, Proxies = new ProxyRules("http://a.example.com", "", "b") };
        var writer = new FrameWriter();
        OptionsFrame.Write(writer, options);
        ClientOptions read = OptionsFrame.Read(writer.Written);
        Assert.Equal(("a", 3, 7, 9), (read.UserAgent, read.Attempts, read.FirstPause.TotalSeconds, read.ChunkSize));
        Assert.Equal(("http://a.example.com", "", "b"), (read.Proxies.Http, read.Proxies.Https, read.Proxies.Exceptions));
    }
}
