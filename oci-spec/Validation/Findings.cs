using System.Text;

namespace OciSpec;

/// <summary>Takes what the checks find: throws at the first error, or collects them all.</summary>
public sealed class Findings
{
    private readonly List<ConfigProblem>? _all;
    private List<ConfigProblem>? _warnings;

    internal Findings(List<ConfigProblem>? collectInto) => _all = collectInto;

    /// <summary>Pointer of the process: <c>/process</c>, or empty when it stands alone.</summary>
    internal string ProcessAt { get; init; } = "/process";

    /// <summary>Pointer of the resources: <c>/linux/resources</c>, or empty when they stand alone.</summary>
    internal string ResourcesAt { get; init; } = "/linux/resources";

    /// <summary>Name of the check that runs.</summary>
    internal string Check { get; set; } = "";

    /// <summary>What the specification wants logged and not refused.</summary>
    internal IReadOnlyList<ConfigProblem> Warnings => _warnings ?? (IReadOnlyList<ConfigProblem>)[];

    /// <summary>An error: throws it, or notes it and goes on.</summary>
    /// <exception cref="ConfigException">The first error, unless all are collected.</exception>
    internal void Error(string pointer, string detail)
    {
        if (_all is null)
        {
            throw new ConfigException(pointer, detail);
        }

        _all.Add(new ConfigProblem(Check, pointer, detail, false));
    }

    /// <summary>A required value is missing.</summary>
    internal void Missing(string pointer, string what) => Error(pointer, "missing: " + what + " is required");

    /// <summary>A value is not among those allowed.</summary>
    internal void Unknown(string pointer, string value, string what, string[] allowed)
        => Error(pointer, $"{Quote(value)} is not {what}: {(Meant(value, allowed) is { } meant ? $"did you mean {meant}?" : $"one of {string.Join(", ", allowed)}")}");

    // In another case, without the prefix that all of them have, by another tool's name, or with a slip.
    private static string? Meant(string value, string[] allowed)
    {
        string word = value switch { "net" => "network", "mnt" => "mount", "amd64" => "x86_64", "arm64" => "aarch64", _ => value };
        return word.Length == 0 ? null
            : Array.Find(allowed, a => a.Equals(word, StringComparison.OrdinalIgnoreCase))
                ?? Array.Find(allowed, a => a.EndsWith("_" + word, StringComparison.OrdinalIgnoreCase))
                ?? NearestName.Find(word, allowed, NearestName.Slip(word));
    }

    /// <summary>A warning: noted, never thrown.</summary>
    internal void Warning(string pointer, string detail)
        => (_all ?? (_warnings ??= [])).Add(new ConfigProblem(Check, pointer, detail, true));

    /// <summary>A value as a message shows it: in quotes, one line, cut at 64 characters.</summary>
    internal static string Quote(string? value)
    {
        var text = new StringBuilder("\"");
        ReadOnlySpan<char> shown = value is { Length: > 64 } ? value.AsSpan(0, 64) : value;
        foreach (char c in shown)
        {
            text.Append(char.IsControl(c) ? '?' : c);
        }

        return text.Append(value is { Length: > 64 } ? "…\"" : "\"").ToString();
    }
}
