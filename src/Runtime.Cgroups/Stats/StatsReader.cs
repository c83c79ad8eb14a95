using System.Text;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Cgroups.Stats;

/// <summary>
/// Reads statistics of cgroups, one after the other through one buffer. About 25 small files each, by their directory's
/// fd: a thousand cgroups take a fraction of a second. Not for two threads at once.
/// </summary>
public sealed partial class StatsReader
{
    private static readonly string[] PageSizes = ReadPageSizes();

    private byte[] _buffer = new byte[16384];
    private int _cgroup;

    /// <summary>What the cgroup has used now. Files that are missing, or go away meanwhile, leave their part empty.</summary>
    /// <exception cref="CgroupException">They are there and this process has no descriptor or memory left to read them.</exception>
    public CgroupStats Read(Cgroup cgroup)
    {
        _cgroup = cgroup.Directory.Number;
        var stats = new CgroupStats { Cpu = ReadCpu() };
        if (TryRead("cpuset.cpus.effective", out ReadOnlySpan<byte> cpus))
        {
            string list = Text(cpus);
            stats.Cpuset = new CpusetStats(list, TryRead("cpuset.mems.effective", out ReadOnlySpan<byte> mems) ? Text(mems) : string.Empty);
        }

        stats.Memory = ReadMemory();
        if (TryRead("pids.current", out ReadOnlySpan<byte> pids))
        {
            ulong current = FlatKeyed.Number(pids);
            stats.Pids = new PidsStats(current, Limit("pids.max"));
        }

        ReadIo(stats);
        ReadHugetlb(stats.Hugetlb);
        ReadRdma(stats.Rdma);
        return stats;
    }

    /// <summary>The page size of a name in /sys/kernel/mm/hugepages, <c>hugepages-2048kB</c>, as the files of the controller have it: <c>2MB</c>.</summary>
    internal static string PageSizeOf(string directory)
    {
        int dash = directory.IndexOf('-');
        ulong size = FlatKeyed.Number(Encoding.ASCII.GetBytes(directory[(dash + 1)..]));
        int unit = 0;
        while (size >= 1024 && size % 1024 == 0 && unit < 2)
        {
            size /= 1024;
            unit++;
        }

        return size.ToString(System.Globalization.CultureInfo.InvariantCulture) + (unit switch { 0 => "KB", 1 => "MB", _ => "GB" });
    }

    private static string[] ReadPageSizes()
    {
        if (Sys.TryOpenAt(AT_FDCWD, "/sys/kernel/mm/hugepages", O_PATH | O_DIRECTORY, 0, out Fd? opened) != Errno.OK)
        {
            return [];
        }

        using Fd directory = opened!;
        List<string> directories = CgroupTree.Children(directory.Number);
        directories.Sort(StringComparer.Ordinal);
        return [.. directories.ConvertAll(PageSizeOf)];
    }

    private static string Text(ReadOnlySpan<byte> text) => Encoding.ASCII.GetString(text.TrimEnd((byte)'\n'));

    private CpuStats ReadCpu()
    {
        const ulong Microsecond = 1000;
        PressureStats? pressure = Pressure("cpu.pressure");
        TryRead("cpu.stat", out ReadOnlySpan<byte> text);
        return new CpuStats(
            FlatKeyed.Value(text, "usage_usec"u8) * Microsecond,
            FlatKeyed.Value(text, "user_usec"u8) * Microsecond,
            FlatKeyed.Value(text, "system_usec"u8) * Microsecond,
            FlatKeyed.Value(text, "nr_periods"u8),
            FlatKeyed.Value(text, "nr_throttled"u8),
            FlatKeyed.Value(text, "throttled_usec"u8) * Microsecond,
            pressure);
    }

    private MemoryStats? ReadMemory()
    {
        if (!TryRead("memory.current", out ReadOnlySpan<byte> text))
        {
            return null;
        }

        ulong usage = FlatKeyed.Number(text);
        TryRead("memory.events", out text);
        ulong failures = FlatKeyed.Value(text, "max"u8), kills = FlatKeyed.Value(text, "oom_kill"u8);
        var memory = new MemoryUsage(usage, Limit("memory.max"), Number("memory.peak"), failures);
        TryRead("memory.swap.events", out text);
        failures = FlatKeyed.Value(text, "max"u8);
        var swap = new MemoryUsage(Number("memory.swap.current"), Limit("memory.swap.max"), Number("memory.swap.peak"), failures);
        PressureStats? pressure = Pressure("memory.pressure");
        TryRead("memory.stat", out text);
        return new MemoryStats(memory, swap, text.ToArray(), kills, pressure);
    }

    private void ReadIo(CgroupStats stats)
    {
        stats.IoPressure = Pressure("io.pressure");
        TryRead("io.stat", out ReadOnlySpan<byte> text);
        while (FlatKeyed.Line(ref text, out ReadOnlySpan<byte> line))
        {
            FlatKeyed.Word(ref line, out ReadOnlySpan<byte> device);
            int colon = device.IndexOf((byte)':');
            if (colon > 0)
            {
                stats.Io.Add(new IoStats(
                    FlatKeyed.Number(device), FlatKeyed.Number(device[(colon + 1)..]),
                    FlatKeyed.Pair(line, "rbytes"u8), FlatKeyed.Pair(line, "wbytes"u8), FlatKeyed.Pair(line, "dbytes"u8),
                    FlatKeyed.Pair(line, "rios"u8), FlatKeyed.Pair(line, "wios"u8), FlatKeyed.Pair(line, "dios"u8)));
            }
        }
    }

    private void ReadHugetlb(List<HugetlbStats> stats)
    {
        foreach (string size in PageSizes)
        {
            string prefix = "hugetlb." + size;
            if (!TryRead(prefix + ".current", out ReadOnlySpan<byte> text))
            {
                return;
            }

            ulong usage = FlatKeyed.Number(text);
            TryRead(prefix + ".events", out text);
            ulong failures = FlatKeyed.Value(text, "max"u8);
            stats.Add(new HugetlbStats(size, usage, Limit(prefix + ".max"), failures));
        }
    }

    private void ReadRdma(List<RdmaStats> stats)
    {
        TryRead("rdma.current", out ReadOnlySpan<byte> text);
        while (FlatKeyed.Line(ref text, out ReadOnlySpan<byte> line))
        {
            FlatKeyed.Word(ref line, out ReadOnlySpan<byte> device);
            stats.Add(new RdmaStats(Encoding.UTF8.GetString(device), FlatKeyed.Pair(line, "hca_handle"u8), FlatKeyed.Pair(line, "hca_object"u8)));
        }
    }

    private PressureStats? Pressure(string file) => TryRead(file, out ReadOnlySpan<byte> text) ? PressureStats.Parse(text) : null;

    private ulong Number(string file) => TryRead(file, out ReadOnlySpan<byte> text) ? FlatKeyed.Number(text) : 0;

    private ulong Limit(string file) => TryRead(file, out ReadOnlySpan<byte> text) ? FlatKeyed.Number(text) : ulong.MaxValue;

    // The text lies in the buffer until the next call.
    private bool TryRead(string file, out ReadOnlySpan<byte> text)
    {
        text = default;
        Errno errno = Sys.TryOpenAt(_cgroup, file, O_RDONLY, 0, out Fd? opened);
        if (opened is null)
        {
            // Without a descriptor left nothing is missing: it would count as a controller that is not there, or as no limit.
            return errno.IsShortage() ? throw new CgroupException(string.Empty, $"read {file}", errno, string.Empty) : false;
        }

        using Fd fd = opened;
        try
        {
            int length = 0, read;
            while ((read = Sys.Read(fd.Number, _buffer.AsSpan(length))) > 0)
            {
                length += read;
                if (length == _buffer.Length)
                {
                    Array.Resize(ref _buffer, length * 2);
                }
            }

            text = _buffer.AsSpan(0, length);
            return true;
        }
        catch (SyscallException)
        {
            return false; // EOPNOTSUPP of a kernel booted with psi=0, ENODEV of a cgroup that is gone.
        }
    }
}
