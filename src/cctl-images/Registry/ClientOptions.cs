namespace CctlImages.Registry;

/// <summary>How the client behaves, whoever it asks.</summary>
internal sealed class ClientOptions
{
    /// <summary>What it calls itself.</summary>
    public string UserAgent { get; init; } = "cctl";

    /// <summary>Proxies, as the environment names them.</summary>
    public ProxyRules Proxies { get; init; } = ProxyRules.None;

    /// <summary>Attempts at most where nothing comes through.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>The first pause between attempts; each later one is twice as long, up to ten seconds.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>The longest pause that a registry may ask for.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Longest time to a connection.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Longest time without a byte.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Blobs up to this size are uploaded in one request, bytes.</summary>
    public long MonolithicLimit { get; init; } = 1 << 20;

    /// <summary>Largest chunk of an upload, bytes. Each is one request; a larger blob is several only for registries that ask for it.</summary>
    public long ChunkSize { get; init; } = long.MaxValue;

    /// <summary>The clock of back-off and of tokens.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Waits: tests do not.</summary>
    public Func<TimeSpan, CancellationToken, Task> Delay { get; init; } = Task.Delay;
}
