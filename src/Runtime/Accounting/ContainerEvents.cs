using System.Diagnostics;
using OciSpec;
using Runtime.Cgroups;
using Runtime.Cgroups.Stats;
using Runtime.Lifecycle;
using Runtime.Linux;
using Runtime.State;

namespace Runtime.Accounting;

/// <summary>Statistics and out-of-memory kills of a container, as lines of JSON that runc's callers read.</summary>
public sealed class ContainerEvents : IDisposable
{
    private readonly string _id;
    private readonly Cgroup _cgroup;
    private readonly StatsReader _reader = new();

    private ContainerEvents(string id, Cgroup cgroup)
    {
        _id = id;
        _cgroup = cgroup;
    }

    /// <summary>Opens a container's accounts.</summary>
    /// <exception cref="ContainerException">It is not running, or has no cgroup of its own.</exception>
    public static ContainerEvents Open(StateStore store, string id)
    {
        ContainerView view = ContainerView.OfLiving(store, id);
        Cgroup? cgroup = view.Record?.OpenCgroup();
        return new ContainerEvents(id, cgroup ?? throw new ContainerException($"container \"{id}\" has no cgroup of its own: nothing is counted"));
    }

    /// <summary>One statistics event.</summary>
    public ReadOnlySpan<byte> Stats()
    {
        CgroupStats stats = _reader.Read(_cgroup);
        return Event("stats", json =>
        {
            json.WritePropertyName("data"u8);
            StatsJson.Write(json, stats);
        });
    }

    /// <summary>Writes statistics at every interval, and kills as they happen, until no process is left.</summary>
    public void Follow(TimeSpan interval, Action<ReadOnlySpan<byte>> write)
    {
        using OomWatch? watch = TryWatch();
        var clock = Stopwatch.StartNew();
        TimeSpan next = TimeSpan.Zero;
        while (_cgroup.IsPopulated)
        {
            if (clock.Elapsed >= next)
            {
                write(Stats());
                next += interval;
            }

            int wait = (int)Math.Clamp((next - clock.Elapsed).TotalMilliseconds, 1, int.MaxValue);
            if (watch is null)
            {
                Sys.Poll([], Math.Min(wait, 1000));
            }
            else if (watch.Wait(wait))
            {
                WriteKills(watch, write);
            }
        }

        if (watch is not null)
        {
            // The kill that ended it: the cgroup may be empty before the news of it arrives.
            WriteKills(watch, write);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _cgroup.Dispose();

    private void WriteKills(OomWatch watch, Action<ReadOnlySpan<byte>> write)
    {
        for (ulong kills = watch.Take(); kills > 0; kills--)
        {
            write(Event("oom", null));
        }
    }

    // Without the memory controller nobody is killed by it.
    private OomWatch? TryWatch()
    {
        try
        {
            return new OomWatch(_cgroup);
        }
        catch (CgroupException e)
        {
            RuntimeLog.Write(LogLevel.Debug, e.Message);
            return null;
        }
    }

    private ReadOnlySpan<byte> Event(string type, Action<JsonWriter>? data)
    {
        var json = new JsonWriter(indented: false);
        json.WriteStartObject();
        json.WriteString("type"u8, type);
        json.WriteString("id"u8, _id);
        data?.Invoke(json);
        json.WriteEndObject();
        json.WriteLineFeed();
        return json.Written;
    }
}
