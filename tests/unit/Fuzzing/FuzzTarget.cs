namespace Unit.Tests.Fuzzing;

/// <summary>A parser of what strangers write.</summary>
/// <param name="Name">Its name: in reports, and of the directory with what was found.</param>
/// <param name="Seeds">Inputs to begin with.</param>
/// <param name="Words">Pieces that the format gives a meaning to.</param>
/// <param name="Parse">
/// Parses an input to the end of what can be read of it. Returns, or throws one of <paramref name="Declared"/>. What it returns, and the
/// message of the exception, are the way that it took: an input with a new one is mutated further.
/// </param>
/// <param name="Declared">The exceptions that the parser says it throws.</param>
internal sealed record FuzzTarget(string Name, byte[][] Seeds, string[] Words, Func<byte[], object?> Parse, params Type[] Declared)
{
    /// <summary>More than any input may take, on a busy machine.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(2);

    /// <summary>More memory than any input may have allocated for it, beside a multiple of its own length.</summary>
    private const long MostBytes = 64 << 20;

    /// <summary>Its name, in the runner's reports.</summary>
    public override string ToString() => Name;

    /// <summary>Parses an input. <paramref name="way"/> is the way that was taken; the result is what is wrong with that, or null.</summary>
    public string? Try(byte[] input, out string way)
    {
        string? problem = Once(input, out way, out TimeSpan took);
        if (took > s_longest && problem is null)
        {
            // Once more: the machine may have been busy.
            Once(input, out _, out TimeSpan again);
            problem = again > s_longest ? $"took {again.TotalSeconds:F1} s" : null;
        }

        return problem;
    }

    private string? Once(byte[] input, out string way, out TimeSpan took)
    {
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        string? problem = null;
        try
        {
            way = Parse(input)?.ToString() ?? string.Empty;
        }
        catch (Exception e) when (Declared.Contains(e.GetType()))
        {
            // What a message quotes is made harmless where it is printed (SafeText).
            way = e.GetType().Name + e.Message;
        }
        catch (Exception e)
        {
            way = e.GetType().Name;
            problem = e.ToString();
        }

        took = System.Diagnostics.Stopwatch.GetElapsedTime(start);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        return problem ?? (allocated > MostBytes + (256L * input.Length) ? $"allocated {allocated} bytes for {input.Length}" : null);
    }
}
