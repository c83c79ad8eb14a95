using System.Globalization;
using Runtime.Linux;

namespace Runtime.Cgroups.Limits;

/// <summary>Writes limits into a cgroup's files.</summary>
internal static class LimitWriter
{
    /// <summary>Writes all, in order; for a cgroup that is thrown away on failure.</summary>
    /// <exception cref="CgroupException">The first write that the kernel refuses.</exception>
    public static void Write(Cgroup cgroup, LimitList list) => WriteAll(cgroup.Directory.Number, list.Writes, saved: null);

    /// <summary>
    /// Writes all or nothing: when one is refused, or what follows (<paramref name="thenMayFail"/>) is, the files get
    /// their earlier values back.
    /// </summary>
    /// <exception cref="CgroupException">The first write that the kernel refuses, or a memory limit below the usage that was to be checked.</exception>
    public static void Update(Cgroup cgroup, LimitList list, Action? thenMayFail = null)
    {
        int dirfd = cgroup.Directory.Number;
        CheckUsage(dirfd, list);
        var saved = new List<SavedValue>();
        try
        {
            WriteAll(dirfd, list.Writes, saved);
            thenMayFail?.Invoke();
        }
        catch (CgroupException)
        {
            SavedValue.Restore(dirfd, saved);
            throw;
        }
    }

    private static void WriteAll(int dirfd, List<CgroupWrite> writes, List<SavedValue>? saved)
    {
        List<CgroupWrite>? later = null;
        foreach (CgroupWrite write in writes)
        {
            Errno errno = WriteOne(dirfd, write, saved, out CgroupWrite tried);
            if (errno == Errno.EINVAL && write.MayComeLater)
            {
                (later ??= []).Add(write with { MayComeLater = false });
            }
            else if (errno != Errno.OK)
            {
                throw new CgroupException(tried.Pointer, "write " + tried.File, errno, LimitHint.For(dirfd, tried, errno));
            }
        }

        if (later is not null)
        {
            WriteAll(dirfd, later, saved);
        }
    }

    private static Errno WriteOne(int dirfd, CgroupWrite write, List<SavedValue>? saved, out CgroupWrite tried)
    {
        tried = write;
        SavedValue? before = saved is null ? null : SavedValue.Read(dirfd, write);
        Errno errno = CgroupFile.TryWrite(dirfd, write.File, write.Value);
        if (errno == Errno.ENOENT && ControllerTree.AwaitFiles(dirfd, write.Controller))
        {
            errno = CgroupFile.TryWrite(dirfd, write.File, write.Value);
        }

        if (errno == Errno.ENOENT && write.Otherwise is { } otherwise)
        {
            return WriteOne(dirfd, otherwise, saved, out tried);
        }

        if (errno == Errno.ENOENT && write.MayBeMissing)
        {
            return Errno.OK;
        }

        if (errno == Errno.OK && before is not null)
        {
            saved!.Add(before);
        }

        return errno;
    }

    private static void CheckUsage(int dirfd, LimitList list)
    {
        if (list.CheckedMemoryLimit is { } limit
            && long.TryParse(CgroupFile.ReadText(dirfd, "memory.current"), NumberStyles.None, CultureInfo.InvariantCulture, out long usage)
            && usage > limit)
        {
            throw new CgroupException(LimitList.Root + "/memory/limit", $"{limit}: the container uses {usage} bytes now, and checkBeforeUpdate asks not to go below");
        }
    }
}
