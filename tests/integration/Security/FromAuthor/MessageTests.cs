using System.Text.Json;
using Integration.Tests.Harness;

namespace Integration.Tests.Security.FromAuthor;

/// <summary>Words of a command line or a configuration that a terminal would obey, on their way back in messages.</summary>
public sealed class MessageTests : IDisposable
{
    // Title of the window and a bell, an erased screen, CSI of C1, an override of the direction, a backspace, DEL.
    private const string Evil = "\u001b]0;owned\u0007\u001b[2J\u009b31m\u202eelif\u2066\u0008\u007f";
    private const string Escaped = @"\x1b]0;owned\x07\x1b[2J\x9b31m\u202eelif\u2066\x08\x7f";
    private readonly Cctl _cctl = new();
    private readonly TempDir _directory = new();

    public void Dispose()
    {
        _cctl.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData("run", "--bundle", "/nowhere/" + Evil, "id")]
    [InlineData(Evil)]
    [InlineData("--" + Evil)]
    [InlineData("state", "--" + Evil)]
    [InlineData("--log", "/nowhere/" + Evil, "state", "none")]
    public void Arguments_come_back_as_signs(params string[] arguments)
    {
        CommandResult result = _cctl.Run(arguments);
        Assert.NotEqual(0, result.ExitCode);
        AssertHarmless(result.Stderr);
        Assert.Contains(@"\x1b", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void A_configuration_comes_back_as_signs()
    {
        using var bundle = new Bundle("/bin/" + Evil);
        CommandResult result = _cctl.RunBundle(bundle);
        AssertHarmless(result.Stderr);
        Assert.Contains(Escaped, result.Stderr, StringComparison.Ordinal);

        CommandResult explained = _cctl.Run("explain", "--bundle", bundle.Path).MustSucceed();
        AssertHarmless(explained.Stdout);
        Assert.Contains(Escaped, explained.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bundle_of_such_a_name_is_listed_as_signs()
    {
        using var bundle = new Bundle("/bin/sleep", "1000");
        string path = _directory[Evil];
        Directory.CreateDirectory(path);
        Command.Run("cp", "-a", bundle["config.json"], bundle.Rootfs, path).MustSucceed();
        _cctl.Run("run", "--detach", "--bundle", path, Cctl.NewId()).MustSucceed();
        CommandResult list = _cctl.Run("list").MustSucceed();
        AssertHarmless(list.Stdout);
        Assert.Contains(Escaped, list.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_of_text_has_signs_only_and_one_of_json_stays_json()
    {
        _cctl.Run("--log", _directory["text"], "run", "--bundle", "/nowhere/" + Evil, "id").MustExit(1);
        string text = File.ReadAllText(_directory["text"]);
        AssertHarmless(text);
        Assert.Contains("owned", text, StringComparison.Ordinal);

        _cctl.Run("--log", _directory["json"], "--log-format", "json", "run", "--bundle", "/nowhere/" + Evil, "id").MustExit(1);
        string json = File.ReadAllText(_directory["json"]);
        AssertHarmless(json);
        string message = JsonDocument.Parse(json).RootElement.GetProperty("msg").GetString()!;
        AssertHarmless(message);
        Assert.Contains("owned", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Letters_of_all_languages_stay()
    {
        const string Word = "contêiner-контейнер-容器-📦";
        Assert.Contains(Word, _cctl.Run("run", "--bundle", "/nowhere/" + Word, "id").MustExit(1).Stderr, StringComparison.Ordinal);
    }

    private static void AssertHarmless(string text) =>
        Assert.DoesNotContain(text, c => (char.IsControl(c) && c != '\n') || c is '\u202e' or '\u2066');
}
