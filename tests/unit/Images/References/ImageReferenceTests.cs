using Runtime.Images;
using Runtime.Images.References;

namespace Unit.Tests.Images.References;

public sealed class ImageReferenceTests
{
    private const string Digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("alpine", "docker.io/library/alpine:latest", "alpine:latest")]
    [InlineData("alpine:3.20", "docker.io/library/alpine:3.20", "alpine:3.20")]
    [InlineData("user/app", "docker.io/user/app:latest", "user/app:latest")]
    [InlineData("docker.io/alpine", "docker.io/library/alpine:latest", "alpine:latest")]
    [InlineData("index.docker.io/library/alpine", "docker.io/library/alpine:latest", "alpine:latest")]
    [InlineData("localhost/app", "localhost/app:latest", "localhost/app:latest")]
    [InlineData("localhost:5000/app:1", "localhost:5000/app:1", "localhost:5000/app:1")]
    [InlineData("127.0.0.1:5000/a/b/c", "127.0.0.1:5000/a/b/c:latest", "127.0.0.1:5000/a/b/c:latest")]
    [InlineData("[::1]:5000/app", "[::1]:5000/app:latest", "[::1]:5000/app:latest")]
    [InlineData("registry.example.com/a_b/c__d/e-f--g.h", "registry.example.com/a_b/c__d/e-f--g.h:latest", "registry.example.com/a_b/c__d/e-f--g.h:latest")]
    [InlineData("alpine@" + Digest, "docker.io/library/alpine@" + Digest, "alpine@" + Digest)]
    [InlineData("alpine:3@" + Digest, "docker.io/library/alpine:3@" + Digest, "alpine:3@" + Digest)]
    public void Names_are_completed_as_docker_does_it(string text, string full, string familiar)
    {
        var reference = ImageReference.Parse(text);
        Assert.Equal((full, familiar), (reference.ToString(), reference.Familiar));
        Assert.Equal(reference, ImageReference.Parse(reference.ToString()));
    }

    [Theory]
    [InlineData("", "a repository is missing")]
    [InlineData("Alpine", "write alpine")]
    [InlineData("a//b", "nothing between two slashes")]
    [InlineData("a:", "a tag")]
    [InlineData("a:-x", "not a tag")]
    [InlineData("a:b c", "not a tag")]
    [InlineData("-a", "not part of a repository's name")]
    [InlineData("a-", "not part of a repository's name")]
    [InlineData("a..b", "not part of a repository's name")]
    [InlineData("a___b", "not part of a repository's name")]
    [InlineData("a@sha256:12", "a digest")]
    [InlineData("a@md5:12", "a digest")]
    [InlineData("host.example:99999/a", "not a port")]
    [InlineData("-host.example/a", "not a host's name")]
    [InlineData("../../etc/passwd", "not a host's name")]
    [InlineData("a/../b", "not part of a repository's name")]
    [InlineData("a\nb", "not part of a repository's name")]
    public void What_is_no_name_is_refused_with_the_part_that_is_wrong(string text, string words)
    {
        string message = Assert.Throws<ImageException>(() => ImageReference.Parse(text)).Message;
        Assert.Contains(words, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }
}
