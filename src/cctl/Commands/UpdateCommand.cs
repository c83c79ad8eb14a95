using System.CommandLine;
using System.Globalization;
using Cctl.Cli;
using OciSpec;
using Runtime;
using Runtime.Lifecycle;
using Runtime.Linux;
using Runtime.State;

namespace Cctl.Commands;

/// <summary><c>update</c>: change the limits of a container, all or nothing.</summary>
internal static class UpdateCommand
{
    internal static CctlCommand Create(Globals globals)
    {
        Option<string?> resources = Globals.Text("--resources", "FILE", "a file with resources as config.json has them; - reads standard input", "-r");
        Option<string?> memory = Globals.Text("--memory", "BYTES", "memory limit; -1: none");
        Option<string?> reservation = Globals.Text("--memory-reservation", "BYTES", "memory that is kept for the container as long as there is any");
        Option<string?> swap = Globals.Text("--memory-swap", "BYTES", "memory and swap together; -1: no limit");
        Option<string?> shares = Globals.Text("--cpu-share", "SHARES", "CPU shares, 2 to 262144", "--cpu-shares");
        Option<string?> quota = Globals.Text("--cpu-quota", "MICROSECONDS", "CPU time in each period; -1: no limit");
        Option<string?> period = Globals.Text("--cpu-period", "MICROSECONDS", "length of a period");
        Option<string?> burst = Globals.Text("--cpu-burst", "MICROSECONDS", "CPU time that may be saved up");
        Option<string?> idle = Globals.Text("--cpu-idle", "0|1", "run only when nobody else wants to");
        Option<string?> cpus = Globals.Text("--cpuset-cpus", "LIST", "CPUs that may be used, such as 0-2,7");
        Option<string?> mems = Globals.Text("--cpuset-mems", "LIST", "memory nodes that may be used");
        Option<string?> pids = Globals.Text("--pids-limit", "NUMBER", "most processes; -1: no limit");
        Option<string?> weight = Globals.Text("--blkio-weight", "WEIGHT", "share of I/O, 10 to 1000");
        Option<bool> strict = Globals.Flag("--strict", "a value that cgroup v2 does not know is an error");
        Argument<string> id = Arguments.Id();
        var command = new CctlCommand("update", "change the limits of a container, all or nothing", "cctl update --memory 512000000 web\necho '{\"pids\":{\"limit\":100}}' | cctl update --resources - web");
        Option[] options = [resources, memory, reservation, swap, shares, quota, period, burst, idle, cpus, mems, pids, weight, strict];
        foreach (Option option in options)
        {
            command.Options.Add(option);
        }

        command.Arguments.Add(id);
        command.SetAction(parsed =>
        {
            LinuxResources update = parsed.GetValue(resources) is string file ? FromFile(file) : new LinuxResources();
            update.Memory = Memory(update.Memory, Number(parsed, memory), Number(parsed, reservation), Number(parsed, swap));
            update.Cpu = Cpu(update.Cpu, parsed, (shares, quota, period, burst, idle), parsed.GetValue(cpus), parsed.GetValue(mems));
            update.Pids = Number(parsed, pids) is long limit ? new LinuxPids { Limit = limit } : update.Pids;
            if (Number(parsed, weight) is long value)
            {
                update.BlockIO ??= new LinuxBlockIo();
                update.BlockIO.Weight = (ushort)Math.Clamp(value, 0, ushort.MaxValue);
            }

            ConfigValidator.Validate(update);
            using StateStore store = globals.OpenStore();
            ContainerUpdater.Update(store, parsed.GetValue(id)!, update, parsed.GetValue(strict));
            return 0;
        });
        return command;
    }

    private static LinuxResources FromFile(string file)
    {
        byte[] bytes;
        Errno errno = file == "-" ? FileText.TryReadAll(0, out bytes) : FileText.TryRead(Abi.AT_FDCWD, file, out bytes);
        return errno == Errno.OK ? ConfigFile.ParseResources(bytes) : throw new ContainerException($"--resources {file}: {errno.Name()}");
    }

    private static LinuxMemory? Memory(LinuxMemory? from, long? limit, long? reservation, long? swap)
    {
        if (limit is null && reservation is null && swap is null)
        {
            return from;
        }

        LinuxMemory memory = from ?? new LinuxMemory();
        memory.Limit = limit ?? memory.Limit;
        memory.Reservation = reservation ?? memory.Reservation;
        memory.Swap = swap ?? memory.Swap;
        return memory;
    }

    private static LinuxCpu? Cpu(
        LinuxCpu? from,
        ParseResult parsed,
        (Option<string?> Shares, Option<string?> Quota, Option<string?> Period, Option<string?> Burst, Option<string?> Idle) options,
        string? cpus,
        string? mems)
    {
        LinuxCpu cpu = from ?? new LinuxCpu();
        cpu.Shares = (ulong?)Number(parsed, options.Shares) ?? cpu.Shares;
        cpu.Quota = Number(parsed, options.Quota) ?? cpu.Quota;
        cpu.Period = (ulong?)Number(parsed, options.Period) ?? cpu.Period;
        cpu.Burst = (ulong?)Number(parsed, options.Burst) ?? cpu.Burst;
        cpu.Idle = Number(parsed, options.Idle) ?? cpu.Idle;
        cpu.Cpus = cpus ?? cpu.Cpus;
        cpu.Mems = mems ?? cpu.Mems;
        return cpu is { Shares: null, Quota: null, Period: null, Burst: null, Idle: null, Cpus: null, Mems: null } ? from : cpu;
    }

    private static long? Number(ParseResult parsed, Option<string?> option) => parsed.GetValue(option) switch
    {
        null => null,
        string text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) && value >= -1 => value,
        string text => throw new ContainerException($"{option.Name} {text}: not a number, or below -1"),
    };
}
