using OciSpec;
using Runtime.Cgroups.Controllers;
using Runtime.Cgroups.Devices;
using Runtime.Cgroups.Limits;
using Runtime.Linux;

namespace Runtime.Cgroups.Drivers;

/// <summary>
/// Makes cgroups with mkdir. Where <c>cgroupsPath</c> leads: absolute, below the mount; relative, the same, and below
/// the caller's own cgroup where only that may be written to (delegation to an unprivileged user); empty, as the
/// relative path <c>cctl/ID</c>.
/// </summary>
public sealed class CgroupfsDriver : ICgroupDriver
{
    private const string PathPointer = "/linux/cgroupsPath";

    private readonly CgroupMount? _mount;

    /// <summary>A driver on the host's cgroup v2 mount.</summary>
    public CgroupfsDriver()
        : this(CgroupMount.Find())
    {
    }

    /// <summary>A driver on <paramref name="mount"/>, which it takes over; null stands for a host without cgroup v2.</summary>
    public CgroupfsDriver(CgroupMount? mount) => _mount = mount;

    /// <inheritdoc/>
    public CgroupManager Manager => CgroupManager.Cgroupfs;

    /// <inheritdoc/>
    public Cgroup? Prepare(CgroupRequest request)
    {
        LimitList limits = ResourceLimits.Compile(request.Resources, request.Strict);
        List<DeviceRule> devices = DeviceRules.For(request.Resources?.Devices);
        request.Warnings.AddRange(limits.Warnings);
        if (_mount is null)
        {
            return WithoutCgroup(request, "find the cgroup v2 mount", Errno.ENOENT, "mount one with mount -t cgroup2 cgroup2 /sys/fs/cgroup");
        }

        string relative = CgroupPath.Resolve(request.CgroupsPath, request.Id, out bool mayMove);
        bool claimed = ClaimMissing(request, relative);
        Errno errno = Cgroup.TryCreate(_mount, relative, out Cgroup? cgroup);
        if (mayMove && IsForbidden(errno) && _mount.OwnCgroup() is { Length: > 0 } own)
        {
            CallerCgroup.Leave(_mount, own);
            relative = string.Concat(own, "/", relative);
            claimed = ClaimMissing(request, relative);
            errno = Cgroup.TryCreate(_mount, relative, out cgroup);
        }

        if (cgroup is null)
        {
            string tried = $"mkdir {_mount.Path}/{relative}";
            return request.Rootless && IsForbidden(errno)
                ? WithoutCgroup(request, tried, errno, "no cgroup is delegated to this user; a limit needs one")
                : throw new CgroupException(PathPointer, tried, errno, MkdirHint(errno));
        }

        try
        {
            RefuseUnlessIdle(cgroup);
            if (!claimed)
            {
                request.Claim?.Invoke(cgroup.Path);
            }

            Limit(_mount, relative, cgroup, limits);
            DeviceFilter.Apply(cgroup, devices, request.Rootless);
            return cgroup;
        }
        catch (Exception)
        {
            Discard(cgroup);
            throw;
        }
    }

    /// <inheritdoc/>
    public Cgroup? Attach(CgroupRequest request, Cgroup? prepared, int pid) => prepared;

    /// <inheritdoc/>
    public void Update(CgroupRequest request, LinuxResources? now, Cgroup cgroup)
    {
        LinuxResources update = request.Resources ?? new LinuxResources();
        LimitList limits = ResourceLimits.Compile(ResourceMerge.Complete(now, update), request.Strict);
        List<DeviceRule>? devices = update.Devices is null ? null : DeviceRules.For(update.Devices);
        request.Warnings.AddRange(limits.Warnings);
        if (limits.Writes.Count > 0)
        {
            CgroupMount mount = _mount ?? throw new CgroupException(string.Empty, "the cgroup v2 mount is gone");
            ControllerTree.Require(mount, RelativeTo(mount, cgroup.Path), cgroup, limits.Writes);
        }

        LimitWriter.Update(cgroup, limits, thenMayFail: () =>
        {
            if (devices is not null)
            {
                DeviceFilter.Replace(cgroup, devices, request.Rootless);
            }
        });
    }

    /// <inheritdoc/>
    public void Remove(CgroupRequest request, string path, int timeoutMilliseconds) => Cgroup.Remove(path, timeoutMilliseconds);

    /// <summary>Closes the mount's directory.</summary>
    public void Dispose() => _mount?.Dispose();

    private bool ClaimMissing(CgroupRequest request, string relative)
    {
        if (request.Claim is null || Sys.TryAccess(_mount!.Directory.Number, relative, Abi.F_OK, 0) != Errno.ENOENT)
        {
            return false;
        }

        request.Claim($"{_mount.Path}/{relative}");
        return true;
    }

    private static void Limit(CgroupMount mount, string relative, Cgroup cgroup, LimitList limits)
    {
        ControllerTree.EnableAll(mount, relative, cgroup);
        if (limits.Writes.Count > 0)
        {
            ControllerTree.Require(mount, relative, cgroup, limits.Writes);
            LimitWriter.Write(cgroup, limits);
        }
    }

    // SECURITY: a frozen cgroup would hang the launch; one in use would put the container under a stranger's control.
    private static void RefuseUnlessIdle(Cgroup cgroup)
    {
        if (CgroupEvents.TryRead(cgroup.Directory.Number, out CgroupEvents events) != Errno.OK)
        {
            return;
        }

        if (events.Populated)
        {
            throw new CgroupException(PathPointer, $"cgroup {cgroup.Path} is not empty: choose another, or end the processes in it");
        }

        if (events.Frozen)
        {
            throw new CgroupException(PathPointer, $"cgroup {cgroup.Path} is frozen: thaw it, or the one above it, by writing 0 to cgroup.freeze");
        }
    }

    private static Cgroup? WithoutCgroup(CgroupRequest request, string tried, Errno errno, string hint)
    {
        if (RequestedLimits.First(request.Resources) is { } pointer)
        {
            throw new CgroupException(pointer, tried, errno, hint);
        }

        if (!request.Rootless || !string.IsNullOrEmpty(request.CgroupsPath))
        {
            // Else nobody asked for one.
            request.Warnings.Add($"{PathPointer}: {tried}: {errno.Name()}: the container stays in the caller's cgroup");
        }

        return null;
    }

    private static void Discard(Cgroup cgroup)
    {
        using (cgroup)
        {
            if (cgroup.IsNew)
            {
                CgroupTree.TryRemove(Abi.AT_FDCWD, cgroup.Path);
            }
        }
    }

    private static string RelativeTo(CgroupMount mount, string path) =>
        path.StartsWith(mount.Path + "/", StringComparison.Ordinal)
            ? path[(mount.Path.Length + 1)..]
            : throw new CgroupException(string.Empty, $"cgroup {path} is not below the mount {mount.Path}");

    private static bool IsForbidden(Errno errno) => errno is Errno.EACCES or Errno.EPERM or Errno.EROFS;

    private static string MkdirHint(Errno errno) => errno switch
    {
        Errno.EACCES or Errno.EPERM => "no cgroup is delegated to this user; run below one that is, such as systemd-run --user --scope -p Delegate=yes",
        Errno.EROFS => "the cgroup mount is read-only here",
        Errno.EAGAIN => "cgroup.max.descendants or cgroup.max.depth of a cgroup above is reached",
        Errno.EINVAL => "cgroup names must not contain a newline",
        _ => string.Empty,
    };
}
