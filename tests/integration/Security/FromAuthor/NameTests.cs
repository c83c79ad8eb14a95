using Integration.Tests.Harness;

namespace Integration.Tests.Security.FromAuthor;

/// <summary>Names and numbers that are not what they have to be.</summary>
public sealed class NameTests : IDisposable
{
    private readonly Cctl _cctl = new();

    [Theory]
    [InlineData("../escape")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("a\nb")]
    [InlineData("ä")]
    [InlineData("a\0b")]
    public void An_id_that_could_be_a_path_is_refused_by_every_command(string id)
    {
        if (id.Contains('\0', StringComparison.Ordinal))
        {
            id = new string('x', 5000); // no argument can hold a NUL; too long is refused as well
        }

        using var bundle = new Bundle("/bin/true");
        string[][] commands = [["run", "--bundle", bundle.Path], ["create", "--bundle", bundle.Path], ["state"], ["start"], ["kill"], ["delete", "--force"]];
        foreach (string[] command in commands)
        {
            CommandResult result = _cctl.Run([.. command, id]);
            Assert.True(result.ExitCode is 1 or 2, $"{command[0]}: exit status {result.ExitCode}");
            Assert.True(result.Stderr.Length > 0, command[0]);
        }

        Assert.Empty(Directory.Exists(_cctl.StateRoot) ? Directory.GetFileSystemEntries(_cctl.StateRoot) : []);
        Assert.False(Directory.Exists(Path.Combine(Path.GetDirectoryName(_cctl.StateRoot)!, "escape")));
    }

    [Theory]
    [InlineData("""{ "uid": 4294967295, "gid": 0 }""")]
    [InlineData("""{ "uid": 4294967296, "gid": 0 }""")]
    [InlineData("""{ "uid": -1, "gid": 0 }""")]
    [InlineData("""{ "uid": 0, "gid": 4294967295 }""")]
    [InlineData("""{ "uid": 0, "gid": 0, "additionalGids": [4294967295] }""")]
    [InlineData("""{ "uid": 1e3, "gid": 0.5 }""")]
    public void A_user_that_overflows_does_not_become_root(string user)
    {
        using var bundle = new Bundle("/bin/id");
        string config = File.ReadAllText(bundle["config.json"]);
        using System.Text.Json.JsonDocument document = System.Text.Json.JsonDocument.Parse(config);
        string process = document.RootElement.GetProperty("process").GetRawText();
        string old = document.RootElement.GetProperty("process").GetProperty("user").GetRawText();
        bundle.WriteConfig(config.Replace(process, process.Replace(old, user, StringComparison.Ordinal), StringComparison.Ordinal));
        CommandResult result = _cctl.RunBundle(bundle).MustExit(1);
        Assert.Contains("/process/user", result.Stderr, StringComparison.Ordinal);
        Assert.Empty(result.Stdout);
    }

    public void Dispose() => _cctl.Dispose();
}
