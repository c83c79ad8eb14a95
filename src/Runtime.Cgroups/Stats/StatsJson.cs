using Runtime.Cgroups.Controllers;
using System.Text.Json;

namespace Runtime.Cgroups.Stats;

/// <summary>
/// Writes statistics as the data of a <c>stats</c> event, in the shape that runc's callers read: the names of cgroup v1,
/// where memory.swap counts memory too. Numbers that are 0 are left out where runc leaves them out.
/// </summary>
public static class StatsJson
{
    /// <summary>The object after <c>"data":</c>. Network interfaces are not the cgroup's, and empty.</summary>
    public static void Write(Utf8JsonWriter json, CgroupStats stats)
    {
        json.WriteStartObject();
        WriteCpu(json, stats.Cpu);
        WriteCpuset(json, stats.Cpuset);
        WriteMemory(json, stats.Memory);
        json.WriteStartObject("pids");
        Number(json, "current", stats.Pids?.Current ?? 0);
        Number(json, "limit", stats.Pids is { Limit: not ulong.MaxValue } pids ? pids.Limit : 0);
        json.WriteEndObject();
        WriteIo(json, stats);
        WriteHugetlb(json, stats.Hugetlb);
        json.WriteStartObject("intel_rdt");
        json.WriteEndObject();
        WriteRdma(json, stats.Rdma);
        json.WriteStartArray("network_interfaces");
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteCpu(Utf8JsonWriter json, CpuStats cpu)
    {
        json.WriteStartObject("cpu");
        json.WriteStartObject("usage");
        Number(json, "total", cpu.Total);
        json.WriteNumber("kernel", cpu.Kernel);
        json.WriteNumber("user", cpu.User);
        json.WriteEndObject();
        json.WriteStartObject("throttling");
        Number(json, "periods", cpu.Periods);
        Number(json, "throttledPeriods", cpu.ThrottledPeriods);
        Number(json, "throttledTime", cpu.ThrottledTime);
        json.WriteEndObject();
        WritePressure(json, cpu.Pressure);
        json.WriteEndObject();
    }

    private static void WriteCpuset(Utf8JsonWriter json, CpusetStats? cpuset)
    {
        json.WriteStartObject("cpuset");
        WriteList(json, "cpus", cpuset?.Cpus);
        WriteList(json, "mems", cpuset?.Mems);
        json.WriteEndObject();
    }

    private static void WriteList(Utf8JsonWriter json, string name, string? list)
    {
        if (string.IsNullOrEmpty(list))
        {
            return;
        }

        json.WriteStartArray(name);
        foreach (int number in NumberList.Parse(list))
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }

    private static void WriteMemory(Utf8JsonWriter json, MemoryStats? memory)
    {
        json.WriteStartObject("memory");
        if (memory is not null)
        {
            MemoryUsage both = memory.Swap with
            {
                Usage = memory.Swap.Usage + memory.Memory.Usage,
                Limit = memory.Swap.Limit == ulong.MaxValue || memory.Memory.Limit == ulong.MaxValue ? ulong.MaxValue : memory.Swap.Limit + memory.Memory.Limit,
                Peak = 0,
            };
            Number(json, "cache", memory["file"u8]);
            WriteUsage(json, "usage", memory.Memory);
            WriteUsage(json, "swap", both);
            WriteUsage(json, "kernel", new MemoryUsage(memory["kernel"u8], 0, 0, 0));
            WriteUsage(json, "kernelTCP", new MemoryUsage(memory["sock"u8], 0, 0, 0));
            json.WriteStartObject("raw");
            ReadOnlySpan<byte> text = memory.Stat;
            while (FlatKeyed.Line(ref text, out ReadOnlySpan<byte> line))
            {
                FlatKeyed.Word(ref line, out ReadOnlySpan<byte> name);
                json.WriteNumber(name, FlatKeyed.Number(line));
            }

            json.WriteEndObject();
            WritePressure(json, memory.Pressure);
        }

        json.WriteEndObject();
    }

    private static void WriteUsage(Utf8JsonWriter json, string name, MemoryUsage usage)
    {
        json.WriteStartObject(name);
        json.WriteNumber("limit", usage.Limit);
        Number(json, "usage", usage.Usage);
        Number(json, "max", usage.Peak);
        json.WriteNumber("failcnt", usage.Failures);
        json.WriteEndObject();
    }

    private static void WriteIo(Utf8JsonWriter json, CgroupStats stats)
    {
        json.WriteStartObject("blkio");
        if (stats.Io.Count > 0)
        {
            json.WriteStartArray("ioServiceBytesRecursive");
            foreach (IoStats io in stats.Io)
            {
                WriteIoEntries(json, io, io.ReadBytes, io.WrittenBytes, io.DiscardedBytes);
            }

            json.WriteEndArray();
            json.WriteStartArray("ioServicedRecursive");
            foreach (IoStats io in stats.Io)
            {
                WriteIoEntries(json, io, io.Reads, io.Writes, io.Discards);
            }

            json.WriteEndArray();
        }

        WritePressure(json, stats.IoPressure);
        json.WriteEndObject();
    }

    private static void WriteIoEntries(Utf8JsonWriter json, IoStats device, ulong read, ulong write, ulong discard)
    {
        WriteIoEntry(json, device, "Read", read);
        WriteIoEntry(json, device, "Write", write);
        WriteIoEntry(json, device, "Discard", discard);
    }

    private static void WriteIoEntry(Utf8JsonWriter json, IoStats device, string op, ulong value)
    {
        json.WriteStartObject();
        Number(json, "major", device.Major);
        Number(json, "minor", device.Minor);
        json.WriteString("op", op);
        Number(json, "value", value);
        json.WriteEndObject();
    }

    private static void WriteHugetlb(Utf8JsonWriter json, List<HugetlbStats> stats)
    {
        json.WriteStartObject("hugetlb");
        foreach (HugetlbStats size in stats)
        {
            json.WriteStartObject(size.PageSize);
            Number(json, "usage", size.Usage);
            json.WriteNumber("failcnt", size.Failures);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteRdma(Utf8JsonWriter json, List<RdmaStats> stats)
    {
        if (stats.Count == 0)
        {
            return;
        }

        json.WriteStartObject("rdma");
        foreach (RdmaStats device in stats)
        {
            json.WriteStartObject(device.Device);
            json.WriteNumber("hcaHandles", device.Handles);
            json.WriteNumber("hcaObjects", device.Objects);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WritePressure(Utf8JsonWriter json, PressureStats? pressure)
    {
        if (pressure is not { } psi)
        {
            return;
        }

        json.WriteStartObject("psi");
        WritePressureLine(json, "some", psi.Some);
        WritePressureLine(json, "full", psi.Full);
        json.WriteEndObject();
    }

    private static void WritePressureLine(Utf8JsonWriter json, string name, PressureLine line)
    {
        json.WriteStartObject(name);
        json.WriteNumber("avg10", line.Avg10);
        json.WriteNumber("avg60", line.Avg60);
        json.WriteNumber("avg300", line.Avg300);
        json.WriteNumber("total", line.Total);
        json.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter json, string name, ulong value)
    {
        if (value != 0)
        {
            json.WriteNumber(name, value);
        }
    }
}
