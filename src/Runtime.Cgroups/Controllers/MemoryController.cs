using System.Globalization;
using OciSpec;
using Runtime.Cgroups.Limits;

namespace Runtime.Cgroups.Controllers;

/// <summary><c>/linux/resources/memory</c>: memory.max, memory.low, memory.swap.max. Bytes; −1 is no limit, 0 is not set.</summary>
internal static class MemoryController
{
    private const string Section = "/memory";

    public static void Compile(LinuxMemory? memory, LimitList list)
    {
        if (memory is null)
        {
            return;
        }

        Check(memory.Limit, "/limit");
        Check(memory.Swap, "/swap");
        Check(memory.Reservation, "/reservation");
        if (memory.Limit is { } limit and not 0)
        {
            list.Add(Section + "/limit", "memory.max", Amount(limit));
            if (memory.CheckBeforeUpdate == true && limit > 0)
            {
                list.CheckedMemoryLimit = limit;
            }
        }

        if (Swap(memory.Limit ?? 0, memory.Swap ?? 0) is { } swap)
        {
            // Without swap support in the kernel there is no file, and neither value needs one.
            string pointer = LimitList.Root + Section + (memory.Swap is null or 0 ? "/limit" : "/swap");
            list.Add(new CgroupWrite(pointer, "memory.swap.max", Amount(swap)) { MayBeMissing = swap is 0 or -1 });
        }

        if (memory.Reservation is { } reservation and not 0)
        {
            list.Add(Section + "/reservation", "memory.low", Amount(reservation));
        }

        IgnoreV1(memory, list);
    }

    /// <summary>
    /// The amount of swap alone, where the config counts memory and swap together; null where none is set.
    /// No memory limit means no swap limit either, as on cgroup v1.
    /// </summary>
    /// <exception cref="CgroupException">The sum is below the memory limit, or there is no memory limit to subtract.</exception>
    internal static long? Swap(long limit, long swap)
    {
        if (swap == 0)
        {
            return limit == -1 ? -1 : null;
        }

        if (swap == -1)
        {
            return -1;
        }

        if (limit <= 0)
        {
            throw new CgroupException(LimitList.Root + "/memory/swap", $"{swap}: it counts memory and swap together, so it needs a memory limit beside it");
        }

        return swap >= limit
            ? swap - limit
            : throw new CgroupException(LimitList.Root + "/memory/swap", $"{swap}: it counts memory and swap together, so it must not be below the memory limit of {limit}");
    }

    private static void IgnoreV1(LinuxMemory memory, LimitList list)
    {
        if (memory.Kernel is not (null or 0))
        {
            list.Ignore(Section + "/kernel", "cgroup v2 counts kernel memory within the limit and has no limit of its own for it");
        }

        if (memory.KernelTCP is not (null or 0))
        {
            list.Ignore(Section + "/kernelTCP", "cgroup v2 counts TCP buffers within the limit and has no limit of its own for them");
        }

        if (memory.Swappiness is not null)
        {
            list.Ignore(Section + "/swappiness", "cgroup v2 has no swappiness of a cgroup");
        }

        if (memory.DisableOOMKiller == true)
        {
            list.Ignore(Section + "/disableOOMKiller", "cgroup v2 cannot switch the OOM killer off");
        }

        if (memory.UseHierarchy == false)
        {
            list.Ignore(Section + "/useHierarchy", "cgroup v2 is always hierarchical");
        }
    }

    private static void Check(long? value, string name)
    {
        if (value < -1)
        {
            throw new CgroupException(LimitList.Root + Section + name, $"{value}: bytes, or -1 for no limit");
        }
    }

    private static string Amount(long bytes) => bytes == -1 ? "max" : bytes.ToString(CultureInfo.InvariantCulture);
}
