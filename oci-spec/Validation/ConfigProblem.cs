namespace OciSpec;

/// <summary>Something a check found.</summary>
/// <param name="Check">Name of the check, as in <see cref="ConfigValidator.Checks"/>.</param>
/// <param name="Pointer">JSON pointer (RFC 6901) of the value.</param>
/// <param name="Detail">What is wrong and what is allowed, one line.</param>
/// <param name="IsWarning">The specification wants a warning, not an error: the value is ignored.</param>
public readonly record struct ConfigProblem(string Check, string Pointer, string Detail, bool IsWarning)
{
    /// <summary>Pointer and detail, as an error or a log line shows them.</summary>
    public override string ToString() => Pointer.Length == 0 ? Detail : string.Concat(Pointer, ": ", Detail);
}
