using CctlImages.Registry;

namespace CctlImages.Network;

/// <summary>The client's options as the child gets them.</summary>
internal static class OptionsFrame
{
    /// <summary>Writes them.</summary>
    public static void Write(FrameWriter writer, ClientOptions options) => writer
        .Text(options.UserAgent)
        .Text(options.Proxies.Http).Text(options.Proxies.Https).Text(options.Proxies.Exceptions)
        .Number(options.Attempts)
        .Number(options.FirstPause.Ticks).Number(options.LongestPause.Ticks).Number(options.ConnectTimeout.Ticks).Number(options.IdleTimeout.Ticks)
        .Number(options.MonolithicLimit).Number(options.ChunkSize);

    /// <summary>Reads them.</summary>
    public static ClientOptions Read(ReadOnlySpan<byte> payload)
    {
        var reader = new FrameReader(payload);
        return new ClientOptions
        {
            UserAgent = reader.Text(),
            Proxies = new ProxyRules(reader.Text(), reader.Text(), reader.Text()),
            Attempts = (int)reader.Number(),
            FirstPause = new TimeSpan(reader.Number()),
            LongestPause = new TimeSpan(reader.Number()),
            ConnectTimeout = new TimeSpan(reader.Number()),
            IdleTimeout = new TimeSpan(reader.Number()),
            MonolithicLimit = reader.Number(),
            ChunkSize = reader.Number(),
        };
    }
}
