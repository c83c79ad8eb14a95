namespace OciSpec.Image;

/// <summary>Docker's check of a container's health. Durations are nanoseconds; 0 or absent means the default.</summary>
[OciDocument]
public sealed class Healthcheck
{
    /// <summary><c>Test</c>: <c>NONE</c>, <c>CMD</c> and arguments, or <c>CMD-SHELL</c> and a line for the shell.</summary>
    [JsonName("Test")]
    public List<string>? Test { get; set; }

    /// <summary><c>Interval</c>: between two checks.</summary>
    [JsonName("Interval")]
    public long? Interval { get; set; }

    /// <summary><c>Timeout</c>: of one check.</summary>
    [JsonName("Timeout")]
    public long? Timeout { get; set; }

    /// <summary><c>StartPeriod</c>: in which failures do not count.</summary>
    [JsonName("StartPeriod")]
    public long? StartPeriod { get; set; }

    /// <summary><c>StartInterval</c>: between two checks in the start period.</summary>
    [JsonName("StartInterval")]
    public long? StartInterval { get; set; }

    /// <summary><c>Retries</c>: failures in a row until it is unhealthy.</summary>
    [JsonName("Retries")]
    public int? Retries { get; set; }
}
