using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Messages;

/// <summary>What a mistake is answered with: one line on standard error that names it and the way out.</summary>
internal static class Mistake
{
    /// <summary>Runs a bundle with a mistake in it.</summary>
    public static void InBundle(string message, Action<RuntimeConfig> change, Action<Bundle>? prepare = null)
    {
        using var cctl = new Cctl();
        using var bundle = new Bundle("/bin/true");
        bundle.With(change);
        prepare?.Invoke(bundle);
        IsAnswered(message, cctl.RunBundle(bundle));
        Assert.Empty(Directory.GetFileSystemEntries(cctl.StateRoot));
    }

    /// <summary>Asserts that it failed with one line that has the message.</summary>
    public static void IsAnswered(string message, CommandResult result)
    {
        Assert.True(result.ExitCode != 0, "it succeeded\n" + result.Stderr);
        string[] errors = [.. result.Stderr.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => !l.Contains(": warning: ", StringComparison.Ordinal))];
        Assert.True(errors.Length == 1, $"{result.CommandLine}: not one line:\n{result.Stderr}");
        Assert.StartsWith("cctl: ", errors[0], StringComparison.Ordinal);
        Assert.True(errors[0].Contains(message, StringComparison.Ordinal), $"not: {message}\nbut: {errors[0]}");
        Assert.False(errors[0].EndsWith('.'));
    }
}
