using OciSpec;

namespace Runtime.Cgroups.Stats;

/// <summary>
/// Writes statistics as the data of a <c>stats</c> event, in the shape that runc's callers read: the names of cgroup v1,
/// where memory.swap counts memory too. Numbers that are 0 are left out where runc leaves them out.
/// </summary>
public static class StatsJson
{
    /// <summary>The object after <c>"data":</c>. Network interfaces are not the cgroup's, and empty.</summary>
    public static void Write(JsonWriter json, CgroupStats stats)
    {
        json.WriteStartObject();
        WriteCpu(json, stats.Cpu);
        WriteCpuset(json, stats.Cpuset);
        WriteMemory(json, stats.Memory);
        json.WriteStartObject("pids"u8);
        Number(json, "current"u8, stats.Pids?.Current ?? 0);
        Number(json, "limit"u8, stats.Pids is { Limit: not ulong.MaxValue } pids ? pids.Limit : 0);
        json.WriteEndObject();
        WriteIo(json, stats);
        WriteHugetlb(json, stats.Hugetlb);
        json.WriteStartObject("intel_rdt"u8);
        json.WriteEndObject();
        WriteRdma(json, stats.Rdma);
        json.WriteStartArray("network_interfaces"u8);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteCpu(JsonWriter json, CpuStats cpu)
    {
        json.WriteStartObject("cpu"u8);
        json.WriteStartObject("usage"u8);
        Number(json, "total"u8, cpu.Total);
        json.WriteNumber("kernel"u8, cpu.Kernel);
        json.WriteNumber("user"u8, cpu.User);
        json.WriteEndObject();
        json.WriteStartObject("throttling"u8);
        Number(json, "periods"u8, cpu.Periods);
        Number(json, "throttledPeriods"u8, cpu.ThrottledPeriods);
        Number(json, "throttledTime"u8, cpu.ThrottledTime);
        json.WriteEndObject();
        WritePressure(json, cpu.Pressure);
        json.WriteEndObject();
    }

    private static void WriteCpuset(JsonWriter json, CpusetStats? cpuset)
    {
        json.WriteStartObject("cpuset"u8);
        WriteList(json, "cpus"u8, cpuset?.Cpus);
        WriteList(json, "mems"u8, cpuset?.Mems);
        json.WriteEndObject();
    }

    private static void WriteList(JsonWriter json, ReadOnlySpan<byte> name, string? list)
    {
        if (string.IsNullOrEmpty(list))
        {
            return;
        }

        json.WriteStartArray(name);
        foreach (int number in NumberList.Numbers(list))
        {
            json.WriteNumberValue((long)number);
        }

        json.WriteEndArray();
    }

    private static void WriteMemory(JsonWriter json, MemoryStats? memory)
    {
        json.WriteStartObject("memory"u8);
        if (memory is not null)
        {
            MemoryUsage both = memory.Swap with
            {
                Usage = memory.Swap.Usage + memory.Memory.Usage,
                Limit = memory.Swap.Limit == ulong.MaxValue || memory.Memory.Limit == ulong.MaxValue ? ulong.MaxValue : memory.Swap.Limit + memory.Memory.Limit,
                Peak = 0,
            };
            Number(json, "cache"u8, memory["file"u8]);
            WriteUsage(json, "usage"u8, memory.Memory);
            WriteUsage(json, "swap"u8, both);
            WriteUsage(json, "kernel"u8, new MemoryUsage(memory["kernel"u8], 0, 0, 0));
            WriteUsage(json, "kernelTCP"u8, new MemoryUsage(memory["sock"u8], 0, 0, 0));
            json.WriteStartObject("raw"u8);
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

    private static void WriteUsage(JsonWriter json, ReadOnlySpan<byte> name, MemoryUsage usage)
    {
        json.WriteStartObject(name);
        json.WriteNumber("limit"u8, usage.Limit);
        Number(json, "usage"u8, usage.Usage);
        Number(json, "max"u8, usage.Peak);
        json.WriteNumber("failcnt"u8, usage.Failures);
        json.WriteEndObject();
    }

    private static void WriteIo(JsonWriter json, CgroupStats stats)
    {
        json.WriteStartObject("blkio"u8);
        if (stats.Io.Count > 0)
        {
            json.WriteStartArray("ioServiceBytesRecursive"u8);
            foreach (IoStats io in stats.Io)
            {
                WriteIoEntries(json, io, io.ReadBytes, io.WrittenBytes, io.DiscardedBytes);
            }

            json.WriteEndArray();
            json.WriteStartArray("ioServicedRecursive"u8);
            foreach (IoStats io in stats.Io)
            {
                WriteIoEntries(json, io, io.Reads, io.Writes, io.Discards);
            }

            json.WriteEndArray();
        }

        WritePressure(json, stats.IoPressure);
        json.WriteEndObject();
    }

    private static void WriteIoEntries(JsonWriter json, IoStats device, ulong read, ulong write, ulong discard)
    {
        WriteIoEntry(json, device, "Read", read);
        WriteIoEntry(json, device, "Write", write);
        WriteIoEntry(json, device, "Discard", discard);
    }

    private static void WriteIoEntry(JsonWriter json, IoStats device, string op, ulong value)
    {
        json.WriteStartObject();
        Number(json, "major"u8, device.Major);
        Number(json, "minor"u8, device.Minor);
        json.WriteString("op"u8, op);
        Number(json, "value"u8, value);
        json.WriteEndObject();
    }

    private static void WriteHugetlb(JsonWriter json, List<HugetlbStats> stats)
    {
        json.WriteStartObject("hugetlb"u8);
        foreach (HugetlbStats size in stats)
        {
            json.WriteStartObject(size.PageSize);
            Number(json, "usage"u8, size.Usage);
            json.WriteNumber("failcnt"u8, size.Failures);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteRdma(JsonWriter json, List<RdmaStats> stats)
    {
        if (stats.Count == 0)
        {
            return;
        }

        json.WriteStartObject("rdma"u8);
        foreach (RdmaStats device in stats)
        {
            json.WriteStartObject(device.Device);
            json.WriteNumber("hcaHandles"u8, device.Handles);
            json.WriteNumber("hcaObjects"u8, device.Objects);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WritePressure(JsonWriter json, PressureStats? pressure)
    {
        if (pressure is not { } psi)
        {
            return;
        }

        json.WriteStartObject("psi"u8);
        WritePressureLine(json, "some"u8, psi.Some);
        WritePressureLine(json, "full"u8, psi.Full);
        json.WriteEndObject();
    }

    private static void WritePressureLine(JsonWriter json, ReadOnlySpan<byte> name, PressureLine line)
    {
        json.WriteStartObject(name);
        json.WriteNumber("avg10"u8, line.Avg10);
        json.WriteNumber("avg60"u8, line.Avg60);
        json.WriteNumber("avg300"u8, line.Avg300);
        json.WriteNumber("total"u8, line.Total);
        json.WriteEndObject();
    }

    private static void Number(JsonWriter json, ReadOnlySpan<byte> name, ulong value)
    {
        if (value != 0)
        {
            json.WriteNumber(name, value);
        }
    }
}
