using System.Text;
using Integration.Tests.Harness;

namespace Integration.Tests.Messages;

/// <summary>A configuration that is no JSON, or says something else than its author thinks.</summary>
public sealed class ConfigTextTests
{
    [Theory]
    [InlineData("", "empty file")]
    [InlineData("{ // a comment\n}", "malformed json at line 1, column 3: a comment: json has none")]
    [InlineData("{\"ociVersion\":\"1.0.0\",}", "a comma before the closing bracket: take it out")]
    [InlineData("\ufeff{\"ociVersion\":\"1.0.0\"}", "it begins with a byte order mark: save it as utf-8 without one")]
    [InlineData("{\"ociVersion\":\"1.0.0\"} more", "more text after the end of the document")]
    [InlineData("{\"ociVersion\":\"1.0.0\"", "the text ends too early")]
    public void What_is_no_json_is_named_with_its_file(string text, string message)
    {
        using var cctl = new Cctl();
        using var bundle = new Bundle("/bin/true");
        File.WriteAllText(bundle["config.json"], text, new UTF8Encoding(false));
        CommandResult named = cctl.RunBundle(bundle);
        Mistake.IsAnswered($"cctl: {bundle["config.json"]}: ", named);
        Mistake.IsAnswered(message, named);
        CommandResult here = new Command(Cctl.Executable, "--root", cctl.StateRoot, "run", Cctl.NewId()) { Directory = bundle.Path }.Run();
        Mistake.IsAnswered(message, here);
        Assert.Contains("config.json: ", here.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void Utf16_is_named()
    {
        using var cctl = new Cctl();
        using var bundle = new Bundle("/bin/true");
        File.WriteAllText(bundle["config.json"], "{}", Encoding.Unicode);
        Mistake.IsAnswered($"{bundle["config.json"]}: it is utf-16: save it as utf-8", cctl.RunBundle(bundle));
    }

    [Fact]
    public void What_would_silently_have_no_effect_is_a_warning()
    {
        using var cctl = new Cctl();
        using Bundle bundle = new Bundle("/bin/true").With(c => c.Linux!.Seccomp = new() { DefaultAction = "SCMP_ACT_ALLOW", Syscalls = [new() { Names = ["opne"], Action = "SCMP_ACT_ERRNO" }] });
        bundle.WriteConfig(File.ReadAllText(bundle["config.json"]).Replace("\"maskedPaths\"", "\"resource\":{\"memory\":{\"limit\":1}},\"maskedPaths\"", StringComparison.Ordinal).Replace("\"hostname\"", "\"proces\":{},\"hostname\"", StringComparison.Ordinal));
        string warnings = cctl.RunBundle(bundle).MustSucceed().Stderr;
        Assert.Contains("cctl: warning: /linux/resource: there is no such property, and it has no effect: did you mean resources?\n", warnings, StringComparison.Ordinal);
        Assert.Contains("cctl: warning: /proces: there is no such property, and it has no effect: did you mean process?\n", warnings, StringComparison.Ordinal);
        Assert.Contains("cctl: warning: /linux/seccomp/syscalls: there is no system call \"opne\", and no rule for it: did you mean open?\n", warnings, StringComparison.Ordinal);
    }

    [Fact]
    public void A_capability_that_does_not_exist_is_refused_on_the_command_line()
    {
        using var cctl = new Cctl();
        using var bundle = new Bundle("/bin/sleep", "1000");
        string id = Cctl.NewId();
        cctl.Run("run", "--detach", "--bundle", bundle.Path, id).MustSucceed();
        Mistake.IsAnswered("--cap NOPE: there is no such capability: see capabilities(7)", cctl.Run("exec", "--cap", "NOPE", id, "true"));
        Mistake.IsAnswered("--cap NET_ADMN: there is no such capability: did you mean CAP_NET_ADMIN?", cctl.Run("exec", "--cap", "NET_ADMN", id, "true"));
    }

    [Fact]
    [VmOnly]
    public void A_memory_limit_below_what_is_used_is_refused_unless_forced()
    {
        using var cctl = new Cctl();
        using var bundle = new Bundle("/bin/sleep", "1000");
        string id = Cctl.NewId();
        cctl.Run("run", "--detach", "--bundle", bundle.Path, id).MustSucceed();
        Mistake.IsAnswered("the kernel would kill its processes: take a higher limit, or --force", cctl.Run("update", "--memory", "1k", id));
        Assert.Contains("\"running\"", cctl.Run("state", id).MustSucceed().Stdout, StringComparison.Ordinal);
        Assert.Contains("warning: /linux/resources/memory/limit: 4096: the container uses ", cctl.Run("update", "--force", "--memory", "4k", id).Stderr, StringComparison.Ordinal);
    }
}
