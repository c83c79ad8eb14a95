using OciSpec;
using Runtime.Accounting;
using Runtime.Cgroups.Stats;
using Runtime.State;

namespace Cctl.Commands;

/// <summary>What containers use as JSON: numbers without units, null where nothing is counted or limited.</summary>
internal static class StatsDocument
{
    /// <summary>An array with an object for each, on one line.</summary>
    internal static ReadOnlySpan<byte> Line(List<ContainerUsage> containers)
    {
        var json = new JsonWriter(indented: false);
        json.WriteStartArray();
        foreach (ContainerUsage container in containers)
        {
            Write(json, container, container.Usage ?? default);
        }

        json.WriteEndArray();
        json.WriteLineFeed();
        return json.Written;
    }

    private static void Write(JsonWriter json, ContainerUsage container, CgroupUsage usage)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, container.Id);
        json.WriteString("status"u8, container.Status.Name());
        json.WriteStartObject("cpu"u8);
        Number(json, "percent"u8, container.CpuPercent);
        Number(json, "total"u8, container.Usage?.CpuNanoseconds);
        Number(json, "pressure"u8, usage.CpuPressure);
        json.WriteEndObject();
        json.WriteStartObject("memory"u8);
        Number(json, "usage"u8, usage.Memory);
        Number(json, "limit"u8, usage.MemoryLimit);
        Number(json, "pressure"u8, usage.MemoryPressure);
        json.WriteEndObject();
        json.WriteStartObject("io"u8);
        Number(json, "read"u8, usage.ReadBytes);
        Number(json, "written"u8, usage.WrittenBytes);
        Number(json, "pressure"u8, usage.IoPressure);
        json.WriteEndObject();
        json.WriteStartObject("pids"u8);
        Number(json, "current"u8, usage.Pids);
        Number(json, "limit"u8, usage.PidsLimit);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Number(JsonWriter json, ReadOnlySpan<byte> name, ulong? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static void Number(JsonWriter json, ReadOnlySpan<byte> name, double? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, Math.Round(number, 2));
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
