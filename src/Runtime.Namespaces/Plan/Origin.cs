using System.Runtime.CompilerServices;
using System.Text;

namespace Runtime.Namespaces.Plan;

/// <summary>Where an operation comes from: what a message about its failure says.</summary>
/// <param name="Pointer">The JSON pointer into config.json.</param>
/// <param name="Tried">What is being tried, readable.</param>
/// <param name="Hint">Which hints apply.</param>
public readonly record struct Origin(string Pointer, string Tried, HintKind Hint);

/// <summary>
/// Text of an origin that is put together only while the plan is being described: a launch that succeeds builds none.
/// </summary>
[InterpolatedStringHandler]
public readonly ref struct OriginText
{
    private readonly StringBuilder? _text;

    /// <summary>Called by the compiler.</summary>
    public OriginText(int literalLength, int formattedCount, PlanWriter writer, out bool enabled)
    {
        enabled = writer.Describes;
        _text = enabled ? new StringBuilder(literalLength + (formattedCount * 16)) : null;
    }

    private OriginText(string text) => _text = new StringBuilder(text);

    /// <summary>A text without parts.</summary>
    public static implicit operator OriginText(string text) => new(text);

    /// <summary>Called by the compiler.</summary>
    public void AppendLiteral(string value) => _text!.Append(value);

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted(string? value) => _text!.Append(value);

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted(long value) => _text!.Append(value);

    /// <inheritdoc/>
    public override string ToString() => _text?.ToString() ?? string.Empty;
}
