using OciSpec;
using Runtime.Cgroups.Controllers;
using Runtime.Cgroups.Devices;
using Runtime.Cgroups.Limits;
using Runtime.Cgroups.Systemd;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Cgroups.Drivers;

/// <summary>
/// Has systemd make the cgroup, as a transient scope: <c>cgroupsPath</c> is <c>slice:prefix:name</c>. Every limit is a
/// property of the unit and is written to the files too. The system's instance, or for an unprivileged caller the
/// user's own.
/// </summary>
/// <remarks>
/// A scope begins with a process, so nothing exists before <see cref="Attach"/>: the process is cloned into the
/// caller's cgroup, and must make its cgroup namespace (CLONE_NEWCGROUP) only after it was moved.
/// </remarks>
public sealed class SystemdDriver : ICgroupDriver
{
    private const string PathPointer = "/linux/cgroupsPath";

    /// <inheritdoc/>
    public CgroupManager Manager => CgroupManager.Systemd;

    /// <inheritdoc/>
    public Cgroup? Prepare(CgroupRequest request)
    {
        // Everything that can be refused is refused before there is a process.
        UnitName.From(request.CgroupsPath, request.Id, request.Rootless);
        DeviceRules.For(request.Resources?.Devices);
        LimitList limits = ResourceLimits.Compile(request.Resources, request.Strict);
        AnnotationProperties.From(request.Annotations, UnitLimits.From(limits.Writes, int.MaxValue));
        request.Warnings.AddRange(limits.Warnings);
        return null;
    }

    /// <inheritdoc/>
    public Cgroup? Attach(CgroupRequest request, Cgroup? prepared, int pid)
    {
        UnitName name = UnitName.From(request.CgroupsPath, request.Id, request.Rootless);
        LimitList limits = ResourceLimits.Compile(request.Resources, request.Strict);
        List<DeviceRule> devices = DeviceRules.For(request.Resources?.Devices);
        using SystemdManager manager = Connect(request, "start " + name.Unit);
        bool started = false;
        try
        {
            var properties = Scope(request, name, pid);
            List<UnitProperty> limited = UnitLimits.From(limits.Writes, manager.Version());
            properties.AddRange(limited);
            properties.AddRange(UnitDevices.From(devices, FileText.TryReadString(AT_FDCWD, "/proc/devices") ?? string.Empty));
            properties.AddRange(AnnotationProperties.From(request.Annotations, limited));
            using CgroupMount mount = CgroupMount.Find() ?? throw new CgroupException(PathPointer, "find the cgroup v2 mount", Errno.ENOENT, string.Empty);
            string path = $"{mount.Path}{manager.ControlGroup()}{UnitName.Expand(name.Slice).TrimEnd('/')}/{name.Unit}";
            RefuseInUse(path);
            request.Claim?.Invoke(path);
            manager.StartTransientUnit(name.Unit, properties);
            started = true;
            return Finish(mount, request, name, pid, limits, devices);
        }
        catch (DbusException e)
        {
            throw Failed("start " + name.Unit, e);
        }
        catch (Exception e) when (e is CgroupException or SyscallException && started)
        {
            // The process is the caller's child, and while it is set up it hears no signal but this: systemd would send TERM,
            // and wait for its time to be over.
            Sys.Raw(SyscallNumber.kill, pid, SIGKILL);
            TryStop(manager, name.Unit);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Update(CgroupRequest request, LinuxResources? now, Cgroup cgroup)
    {
        LinuxResources update = request.Resources ?? new LinuxResources();
        LimitList limits = ResourceLimits.Compile(ResourceMerge.Complete(now, update), request.Strict);
        List<DeviceRule>? devices = update.Devices is null ? null : DeviceRules.For(update.Devices);
        request.Warnings.AddRange(limits.Warnings);
        string unit = UnitOf(cgroup.Path);
        LimitWriter.Update(cgroup, limits, thenMayFail: () =>
        {
            // Files and filter first, since they can be given back; systemd takes all of a list or nothing.
            if (devices is not null)
            {
                DeviceFilter.Replace(cgroup, devices, request.Rootless);
            }

            try
            {
                SetProperties(request, unit, limits, devices);
            }
            catch (CgroupException) when (devices is not null)
            {
                DeviceFilter.Replace(cgroup, DeviceRules.For(now?.Devices), request.Rootless);
                throw;
            }
        });
    }

    /// <inheritdoc/>
    public void Remove(CgroupRequest request, string path, int timeoutMilliseconds)
    {
        string unit = UnitOf(path);
        string tried = "stop " + unit;
        try
        {
            // The scope ends with its cgroup, but in its own time: until it has, there can be no other of its name.
            using SystemdManager manager = Connect(request, tried);
            manager.StopUnit(unit);
        }
        catch (Exception e) when (e is DbusException or CgroupException)
        {
            request.Warnings.Add((e is DbusException refused ? Failed(tried, refused) : e).Message);
        }

        Cgroup.Remove(path, timeoutMilliseconds);
    }

    /// <summary>
    /// Has systemd put a process into a container's scope, as it may where the caller may not: the kernel asks for the
    /// right to write to what the cgroups on both sides have in common (cgroups(7), "delegation containment").
    /// </summary>
    /// <param name="request">The container.</param>
    /// <param name="path">The scope's cgroup.</param>
    /// <param name="below">The cgroup below it, as <c>/a/b</c>; empty for the scope's own.</param>
    /// <param name="pid">A process of the caller's.</param>
    /// <exception cref="CgroupException">systemd refuses, or is not there.</exception>
    public static void Join(CgroupRequest request, string path, string below, int pid)
    {
        string unit = UnitOf(path);
        string tried = "put a process into " + unit;
        using SystemdManager manager = Connect(request, tried);
        try
        {
            manager.AttachProcess(unit, below, pid);
        }
        catch (DbusException e)
        {
            throw Failed(tried, e);
        }
    }

    /// <summary>Nothing is kept open between the calls.</summary>
    public void Dispose()
    {
    }

    /// <summary>What every scope has, limits and annotations aside. Of these, annotations may set again what is the runtime's by habit alone: description, dependencies, collection.</summary>
    internal static List<UnitProperty> Scope(CgroupRequest request, UnitName name, int pid) =>
    [
        new("Description", "cctl container " + request.Id),
        new("Slice", name.Slice),
        new("Delegate", true),
        new("DefaultDependencies", false),
        new("CollectMode", "inactive-or-failed"),
        new("CPUAccounting", true),
        new("MemoryAccounting", true),
        new("IOAccounting", true),
        new("TasksAccounting", true),
        new("PIDs", new[] { (uint)pid }),
    ];

    private static void SetProperties(CgroupRequest request, string unit, LimitList limits, List<DeviceRule>? devices)
    {
        using SystemdManager manager = Connect(request, "update " + unit);
        try
        {
            List<UnitProperty> properties = UnitLimits.From(limits.Writes, manager.Version());
            if (devices is not null)
            {
                properties.AddRange(UnitDevices.From(devices, FileText.TryReadString(AT_FDCWD, "/proc/devices") ?? string.Empty));
            }

            if (properties.Count > 0)
            {
                manager.SetUnitProperties(unit, properties);
            }
        }
        catch (DbusException e)
        {
            throw Failed("update " + unit, e);
        }
    }

    private static Cgroup Finish(CgroupMount mount, CgroupRequest request, UnitName name, int pid, LimitList limits, List<DeviceRule> devices)
    {
        string relative = mount.CgroupOf(pid) ?? throw new CgroupException(PathPointer, $"the cgroup of process {pid} is not below {mount.Path}");
        if (!relative.EndsWith(name.Unit, StringComparison.Ordinal))
        {
            throw new CgroupException(PathPointer, $"systemd left process {pid} in {relative} instead of {name.Unit}");
        }

        string path = $"{mount.Path}/{relative}";
        Cgroup cgroup = Cgroup.Take(path, Sys.OpenAt(AT_FDCWD, path, O_PATH | O_DIRECTORY));
        try
        {
            ControllerTree.Require(mount, relative, cgroup, limits.Writes);
            LimitWriter.Write(cgroup, limits);
            DeviceFilter.Apply(cgroup, devices, request.Rootless);
            return cgroup;
        }
        catch (Exception)
        {
            cgroup.Dispose();
            throw;
        }
    }

    // A scope with processes is another container's, and not this one's to remove after the failure.
    private static void RefuseInUse(string path)
    {
        using Cgroup? there = Cgroup.Open(path);
        if (there is { IsPopulated: true })
        {
            throw new CgroupException(PathPointer, $"cgroup {path} is not empty: choose another name, or end the processes in it");
        }
    }

    private static SystemdManager Connect(CgroupRequest request, string tried)
    {
        try
        {
            return SystemdManager.Connect(request.Rootless);
        }
        catch (DbusException e)
        {
            throw Failed(tried, e);
        }
    }

    private static void TryStop(SystemdManager manager, string unit)
    {
        try
        {
            manager.StopUnit(unit);
        }
        catch (DbusException)
        {
            // The first error is the one to tell.
        }
    }

    private static string UnitOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    private static CgroupException Failed(string tried, DbusException e) => new(PathPointer, $"{tried}: {e.Name}: {e.Text}");
}
