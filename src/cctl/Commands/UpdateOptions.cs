using System.CommandLine;
using System.Globalization;
using Cctl.Cli;
using OciSpec;
using Runtime;

namespace Cctl.Commands;

/// <summary>The limits that <c>update</c> takes as options, by the names that runc gives them.</summary>
internal sealed class UpdateOptions
{
    private readonly Option<string?> _memory = Globals.Text("--memory", "BYTES", "memory limit, such as 536870912 or 512m; -1: none");
    private readonly Option<string?> _reservation = Globals.Text("--memory-reservation", "BYTES", "memory that is kept for the container as long as there is any");
    private readonly Option<string?> _swap = Globals.Text("--memory-swap", "BYTES", "memory and swap together; -1: no limit");
    private readonly Option<string?> _kernel = Globals.Text("--kernel-memory", "BYTES", "cgroup v2 counts it within the memory limit: a warning");
    private readonly Option<string?> _kernelTcp = Globals.Text("--kernel-memory-tcp", "BYTES", "cgroup v2 counts it within the memory limit: a warning");
    private readonly Option<string?> _shares = Globals.Text("--cpu-share", "SHARES", "CPU shares, 2 to 262144", "--cpu-shares");
    private readonly Option<string?> _quota = Globals.Text("--cpu-quota", "MICROSECONDS", "CPU time in each period; -1: no limit");
    private readonly Option<string?> _period = Globals.Text("--cpu-period", "MICROSECONDS", "length of a period");
    private readonly Option<string?> _burst = Globals.Text("--cpu-burst", "MICROSECONDS", "CPU time that may be saved up");
    private readonly Option<string?> _idle = Globals.Text("--cpu-idle", "0|1", "run only when nobody else wants to");
    private readonly Option<string?> _realtimePeriod = Globals.Text("--cpu-rt-period", "MICROSECONDS", "ignored with a warning: cgroup v2 has no real-time budget");
    private readonly Option<string?> _realtimeRuntime = Globals.Text("--cpu-rt-runtime", "MICROSECONDS", "ignored with a warning: cgroup v2 has no real-time budget");
    private readonly Option<string?> _cpus = Globals.Text("--cpuset-cpus", "LIST", "CPUs that may be used, such as 0-2,7");
    private readonly Option<string?> _mems = Globals.Text("--cpuset-mems", "LIST", "memory nodes that may be used");
    private readonly Option<string?> _pids = Globals.Text("--pids-limit", "NUMBER", "most tasks; -1: no limit");
    private readonly Option<string?> _weight = Globals.Text("--blkio-weight", "WEIGHT", "share of I/O, 10 to 1000");
    private readonly Option<string?> _cache = Globals.Text("--l3-cache-schema", "LINE", "the share of the L3 cache, such as L3:0=f (resctrl)");
    private readonly Option<string?> _bandwidth = Globals.Text("--mem-bw-schema", "LINE", "the memory bandwidth, such as MB:0=50 (resctrl)");

    /// <summary>Adds them to the command.</summary>
    internal void AddTo(CctlCommand command)
    {
        Option[] options =
        [
            _memory, _reservation, _swap, _kernel, _kernelTcp, _shares, _quota, _period, _burst, _idle,
            _realtimePeriod, _realtimeRuntime, _cpus, _mems, _pids, _weight, _cache, _bandwidth,
        ];
        foreach (Option option in options)
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Lays what the options say over <paramref name="update"/>.</summary>
    /// <exception cref="ContainerException">One is no number.</exception>
    internal void Read(ParseResult parsed, LinuxResources update)
    {
        LinuxMemory memory = update.Memory ?? new LinuxMemory();
        memory.Limit = Bytes(parsed, _memory) ?? memory.Limit;
        memory.Reservation = Bytes(parsed, _reservation) ?? memory.Reservation;
        memory.Swap = Bytes(parsed, _swap) ?? memory.Swap;
        memory.Kernel = Bytes(parsed, _kernel) ?? memory.Kernel;
        memory.KernelTCP = Bytes(parsed, _kernelTcp) ?? memory.KernelTCP;
        if (memory is { Limit: not null } or { Reservation: not null } or { Swap: not null } or { Kernel: not null } or { KernelTCP: not null })
        {
            update.Memory = memory;
        }

        ReadCpu(parsed, update);
        update.Pids = Number(parsed, _pids) is long limit ? new LinuxPids { Limit = limit } : update.Pids;
        if (Number(parsed, _weight) is long weight)
        {
            update.BlockIO ??= new LinuxBlockIo();
            update.BlockIO.Weight = (ushort)Math.Clamp(weight, 0, ushort.MaxValue);
        }
    }

    /// <summary>Whether a memory limit is among the options.</summary>
    internal bool SetsMemory(ParseResult parsed) => parsed.GetValue(_memory) is not null;

    /// <summary>What is to change in the container's resctrl group; null where nothing is.</summary>
    internal LinuxIntelRdt? Cache(ParseResult parsed) =>
        parsed.GetValue(_cache) is null && parsed.GetValue(_bandwidth) is null
            ? null
            : new LinuxIntelRdt { L3CacheSchema = parsed.GetValue(_cache), MemBwSchema = parsed.GetValue(_bandwidth) };

    private void ReadCpu(ParseResult parsed, LinuxResources update)
    {
        LinuxCpu cpu = update.Cpu ?? new LinuxCpu();
        cpu.Shares = (ulong?)Positive(parsed, _shares) ?? cpu.Shares;
        cpu.Quota = Number(parsed, _quota) ?? cpu.Quota;
        cpu.Period = (ulong?)Positive(parsed, _period) ?? cpu.Period;
        cpu.Burst = (ulong?)Positive(parsed, _burst) ?? cpu.Burst;
        cpu.Idle = Positive(parsed, _idle) ?? cpu.Idle;
        cpu.RealtimePeriod = (ulong?)Positive(parsed, _realtimePeriod) ?? cpu.RealtimePeriod;
        cpu.RealtimeRuntime = Number(parsed, _realtimeRuntime) ?? cpu.RealtimeRuntime;
        cpu.Cpus = parsed.GetValue(_cpus) ?? cpu.Cpus;
        cpu.Mems = parsed.GetValue(_mems) ?? cpu.Mems;
        bool any = cpu is { Shares: not null } or { Quota: not null } or { Period: not null } or { Burst: not null } or { Idle: not null }
            or { RealtimePeriod: not null } or { RealtimeRuntime: not null } or { Cpus: not null } or { Mems: not null };
        update.Cpu = any ? cpu : update.Cpu;
    }

    /// <summary>The option that has set a value of the resources; null where the file did.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="pointer">The value's pointer, from the resources on.</param>
    internal string? Setting(ParseResult parsed, string pointer)
    {
        Option<string?>? option = pointer switch
        {
            "/memory/limit" => _memory,
            "/memory/reservation" => _reservation,
            "/memory/swap" => _swap,
            "/memory/kernel" => _kernel,
            "/memory/kernelTCP" => _kernelTcp,
            "/cpu/shares" => _shares,
            "/cpu/quota" => _quota,
            "/cpu/period" => _period,
            "/cpu/burst" => _burst,
            "/cpu/idle" => _idle,
            "/cpu/realtimePeriod" => _realtimePeriod,
            "/cpu/realtimeRuntime" => _realtimeRuntime,
            "/cpu/cpus" => _cpus,
            "/cpu/mems" => _mems,
            "/pids/limit" => _pids,
            "/blockIO/weight" => _weight,
            _ => null,
        };
        return option is not null && parsed.GetValue(option) is not null ? Typed(parsed, option) : null;
    }

    private static string Typed(ParseResult parsed, Option option) => parsed.GetResult(option)?.IdentifierToken?.Value ?? option.Name;

    private static long? Bytes(ParseResult parsed, Option<string?> option) => parsed.GetValue(option) switch
    {
        null => null,
        string text => ByteSize.TryParse(text, out long bytes) ? bytes : throw new ContainerException($"{Typed(parsed, option)} {text}: bytes, a size such as 512m or 1.5g, or -1"),
    };

    private static long? Number(ParseResult parsed, Option<string?> option) => Number(parsed, option, -1);

    private static long? Positive(ParseResult parsed, Option<string?> option) => Number(parsed, option, 0);

    private static long? Number(ParseResult parsed, Option<string?> option, long least) => parsed.GetValue(option) switch
    {
        null => null,
        string text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) && value >= least => value,
        string text => throw new ContainerException($"{Typed(parsed, option)} {text}: not a number from {least} up"),
    };
}
